#include "pickle/machine.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "pickle/globals.hpp"
#include "pickle/list_cache.hpp"
#include "pickle/machine_state.hpp"
#include "pickle/numbers.hpp"
#include "pickle/opcode.hpp"

namespace snapq::pickle {
namespace {

constexpr std::uint8_t k_newest_protocol = 5;

// Bytes of LONG_BINGET with its operand.
constexpr std::size_t k_longest_fetch = 5;

// Reads opcodes and operands; each family of opcodes is one function.
class Machine {
public:
    Machine(ByteWindow&& window, Handler& handler)
        : m_window(std::move(window)), m_handler(handler), m_state(handler) {}

    Decoded run() {
        for (;;) {
            m_state.offset = m_window.offset();
            const std::uint8_t byte = m_window.u8("");
            if (byte == static_cast<std::uint8_t>(Opcode::STOP)) return finish();
            step(byte);
        }
    }

    ByteWindow take_window() { return std::move(m_window); }

private:
    Decoded finish() {
        m_result.root = m_state.pop_complete("STOP");
        m_result.bytes = m_window.offset();
        m_result.memo_entries = m_state.memo_size();
        m_result.values_checked = m_state.values_checked();
        return m_result;
    }

    // The most frequent opcodes of a snapshot first; the families below have the others. Inlined, because a
    // call for each opcode would take 1 % of a conversion.
    [[gnu::always_inline]] void step(std::uint8_t byte) {
        switch (static_cast<Opcode>(byte)) {
            case Opcode::LONG_BINGET: return fetch(m_window.u32le("LONG_BINGET index"));
            case Opcode::BINGET: return fetch(m_window.u8("BINGET index"));
            case Opcode::MEMOIZE: return m_state.memoize_next();
            case Opcode::BINPUT: return m_state.memoize(m_window.u8("BINPUT index"));
            case Opcode::LONG_BINPUT: return m_state.memoize(m_window.u32le("LONG_BINPUT index"));
            case Opcode::MARK: return mark();
            case Opcode::EMPTY_DICT: return m_state.open(Container::Shape::dict);
            case Opcode::EMPTY_LIST: return m_state.open(Container::Shape::list);
            case Opcode::SETITEMS: return m_state.set_group();
            case Opcode::APPENDS: return m_state.append_group();
            case Opcode::SETITEM: return m_state.set_one();
            case Opcode::APPEND: return m_state.append_one();
            case Opcode::TUPLE1: return m_state.make_tuple_of(1);
            case Opcode::TUPLE2: return m_state.make_tuple_of(2);
            case Opcode::TUPLE3: return m_state.make_tuple_of(3);
            case Opcode::EMPTY_TUPLE: return m_state.make_tuple_of(0);
            case Opcode::TUPLE: return m_state.make_tuple(m_state.pop_mark("TUPLE"));
            case Opcode::FRAME: return static_cast<void>(m_window.u64le("FRAME length"));  // advisory only
            default: break;
        }
        if (!number(byte) && !text(byte) && !rare(byte)) refuse_opcode(byte, m_state.offset);
    }

    // A call stack is written as dozens of fetches of frames in a row, and these are nine tenths of all
    // opcodes. So the fetches that follow this one are run here, as far as they are completely in the window.
    void fetch(std::uint64_t index) {
        const std::string_view rest = m_window.rest();
        const std::uint64_t start = m_window.offset();
        std::size_t at = 0;
        for (;;) {
            m_state.fetch(index);
            if (rest.size() - at < k_longest_fetch) break;
            m_state.offset = start + at;
            if (rest[at] == static_cast<char>(Opcode::LONG_BINGET)) {
                std::uint32_t following = 0;
                std::memcpy(&following, rest.data() + at + 1, sizeof following);
                index = following;
                at += 5;
            } else if (rest[at] == static_cast<char>(Opcode::BINGET)) {
                index = static_cast<std::uint8_t>(rest[at + 1]);
                at += 2;
            } else {
                break;
            }
        }
        m_window.advance(at);
    }

    void mark() {
        if (m_state.top_is_new_list() && fill_cached_list()) return;
        m_state.push_mark();
    }

    // Fills the list on top of the stack in one step, if its group is completely in the window and consists
    // of fetches only.
    bool fill_cached_list() {
        clear_outdated_cache();
        const std::string_view rest = m_window.rest();
        if (const auto known = m_list_cache.expected(rest)) return finish_list(known->value, known->length);
        const std::string_view run = rest.substr(0, length_of_run(rest));
        if (run.empty()) return false;
        if (const auto known = m_list_cache.find(run)) return finish_list(*known, run.size());
        cache_list(run);
        return true;
    }

    // Runs the opcodes of `run` and adds their list to the cache. They are all in the window, so `run` stays
    // valid.
    void cache_list(std::string_view run) {
        m_state.push_mark();
        while (m_window.rest().data() != run.data() + run.size()) {
            m_state.offset = m_window.offset();
            step(m_window.u8(""));
        }
        if (m_handler.is_interned(m_state.top())) m_list_cache.add(run, m_state.top());
    }

    void clear_outdated_cache() {
        if (m_state.memo_redefined() == m_redefined) return;
        m_redefined = m_state.memo_redefined();
        m_list_cache.clear();
    }

    bool finish_list(const Value& value, std::size_t length) {
        m_state.finish_top(value);
        m_window.advance(length);
        return true;
    }

    bool number(std::uint8_t byte) {
        switch (static_cast<Opcode>(byte)) {
            case Opcode::BININT1: push_integer(m_window.u8("BININT1")); return true;
            case Opcode::BININT2: push_integer(m_window.u16le("BININT2")); return true;
            case Opcode::BININT:
                push_integer(static_cast<std::int32_t>(m_window.u32le("BININT")));
                return true;
            case Opcode::LONG1: push_long(m_window.u8("LONG1 length")); return true;
            case Opcode::LONG4: push_long(m_window.u32le("LONG4 length")); return true;
            case Opcode::BINFLOAT:
                push(Value::real(parse_binfloat(m_window.bytes(8, "BINFLOAT"))));
                return true;
            case Opcode::NEWTRUE: push(Value::boolean(true)); return true;
            case Opcode::NEWFALSE: push(Value::boolean(false)); return true;
            case Opcode::NONE: push(Value::none()); return true;
            case Opcode::INT: push(parse_decimal(line("INT"), true, m_state.offset)); return true;
            case Opcode::LONG: push(parse_decimal(line("LONG"), false, m_state.offset)); return true;
            case Opcode::FLOAT: push(parse_real(line("FLOAT"), m_state.offset)); return true;
            default: return false;
        }
    }

    bool text(std::uint8_t byte) {
        switch (static_cast<Opcode>(byte)) {
            case Opcode::SHORT_BINUNICODE: push_text(m_window.u8("SHORT_BINUNICODE length")); return true;
            case Opcode::BINUNICODE: push_text(m_window.u32le("BINUNICODE length")); return true;
            case Opcode::BINUNICODE8: push_text(m_window.u64le("BINUNICODE8 length")); return true;
            case Opcode::SHORT_BINSTRING: push_text(m_window.u8("SHORT_BINSTRING length")); return true;
            case Opcode::BINSTRING: push_text(m_window.u32le("BINSTRING length")); return true;
            case Opcode::SHORT_BINBYTES: push_bytes(m_window.u8("SHORT_BINBYTES length")); return true;
            case Opcode::BINBYTES: push_bytes(m_window.u32le("BINBYTES length")); return true;
            case Opcode::BINBYTES8: push_bytes(m_window.u64le("BINBYTES8 length")); return true;
            case Opcode::BYTEARRAY8: push_bytes(m_window.u64le("BYTEARRAY8 length")); return true;
            case Opcode::UNICODE:
                push_parsed_text(parse_unicode_line(m_window.line(k_text_line, "UNICODE")));
                return true;
            case Opcode::STRING:
                push_parsed_text(parse_string_line(m_window.line(k_text_line, "STRING"), m_state.offset));
                return true;
            default: return false;
        }
    }

    bool rare(std::uint8_t byte) {
        switch (static_cast<Opcode>(byte)) {
            case Opcode::PROTO: check_protocol(m_window.u8("PROTO")); return true;
            case Opcode::GET: m_state.fetch(parse_index(line("GET"), m_state.offset)); return true;
            case Opcode::PUT: m_state.memoize(parse_index(line("PUT"), m_state.offset)); return true;
            case Opcode::POP: m_state.discard_top(); return true;
            case Opcode::POP_MARK: m_state.discard_to_mark(); return true;
            case Opcode::DUP: m_state.duplicate_top(); return true;
            case Opcode::LIST: m_state.make_list(); return true;
            case Opcode::DICT: m_state.make_dict(); return true;
            case Opcode::EMPTY_SET: m_state.open(Container::Shape::list); return true;
            case Opcode::ADDITEMS: m_state.append_group(); return true;
            case Opcode::FROZENSET: m_state.make_tuple(m_state.pop_mark("FROZENSET")); return true;
            case Opcode::GLOBAL: global(); return true;
            case Opcode::INST: refuse_inst(); return false;
            case Opcode::STACK_GLOBAL: m_state.stack_global(); return true;
            case Opcode::REDUCE: m_state.reduce(); return true;
            case Opcode::BUILD: m_state.build(); return true;
            default: return false;
        }
    }

    void push(const Value& value) { m_state.push(value); }
    void push_integer(std::int64_t number) { push(Value::integer(number)); }
    void push_text(std::uint64_t length) { push(Value::text(m_handler.text(content(length, "text")))); }
    void push_bytes(std::uint64_t length) { m_state.push_bytes(content(length, "bytes")); }
    void push_parsed_text(std::string_view text) {
        push(Value::text(m_handler.text(text.substr(0, k_longest_text + 1))));
    }

    // The bytes of a text that the handler gets. The view is valid until the next call.
    [[nodiscard]] std::string_view content(std::uint64_t length, const char* what) {
        if (length <= k_longest_text) return m_window.bytes(length, what);
        m_long_text = m_window.beginning(length, k_longest_text + 1, what);
        return m_long_text;
    }

    void push_long(std::uint64_t length) {
        if (length > k_long_bytes) {
            throw_input(m_state.offset, "an integer of {} bytes is longer than any in a snapshot", length);
        }
        push(parse_long(m_window.bytes(length, "integer")));
    }

    std::string_view line(const char* what) { return m_window.line(k_number_line, what); }

    void check_protocol(std::uint8_t protocol) {
        if (protocol > k_newest_protocol) {
            throw_input(m_state.offset, "pickle protocol {} is not supported (0 to {} are)", protocol,
                        k_newest_protocol);
        }
        m_result.protocol = protocol;
    }

    void global() {
        const std::string module(m_window.line(k_global_line, "GLOBAL module"));
        m_state.push_global(module, m_window.line(k_global_line, "GLOBAL name"));
    }

    // INST is always refused. When its global is refused too, the message names the global.
    void refuse_inst() {
        const std::string module(m_window.line(k_global_line, "INST module"));
        const std::string_view name = m_window.line(k_global_line, "INST name");
        if (!find_global(module, name)) refuse_global(module, name, m_state.offset);
    }

    ByteWindow m_window;  // a member, because access through a reference is slower
    Handler& m_handler;
    MachineState m_state;
    ListCache m_list_cache;
    std::uint64_t m_redefined = 0;  // m_state.memo_redefined() when the cache was last cleared
    std::string m_long_text;
    Decoded m_result;
};

}  // namespace

Decoded decode(ByteSource& source, Handler& handler) {
    ByteWindow window(source);
    return decode(window, handler);
}

Decoded decode(ByteWindow& window, Handler& handler) {
    Machine machine(std::move(window), handler);
    const Decoded decoded = machine.run();
    window = machine.take_window();
    return decoded;
}

}  // namespace snapq::pickle
