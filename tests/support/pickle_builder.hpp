// Writes pickles opcode by opcode, for tests of every form that some pickler writes, and of forms that no
// pickler writes.
//
//     PickleBuilder pickle;
//     pickle.proto(4).empty_dict().memoize().mark().text("segments").empty_list().setitems().stop();
//     decode(pickle.bytes());
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "pickle/opcode.hpp"

namespace snapq::tests {

// One method for each opcode of opcodes.def that has an operand or is often used in tests; `op` writes any
// other.
class PickleBuilder {
public:
    using Opcode = pickle::Opcode;

    PickleBuilder& op(Opcode opcode) { return raw(std::string(1, static_cast<char>(opcode))); }
    PickleBuilder& raw(std::string_view bytes) {
        m_bytes += bytes;
        return *this;
    }

    PickleBuilder& proto(unsigned version) { return op(Opcode::PROTO).little(version, 1); }
    PickleBuilder& frame(std::uint64_t length) { return op(Opcode::FRAME).little(length, 8); }
    PickleBuilder& stop() { return op(Opcode::STOP); }

    // ---- containers ----
    PickleBuilder& mark() { return op(Opcode::MARK); }
    PickleBuilder& empty_dict() { return op(Opcode::EMPTY_DICT); }
    PickleBuilder& empty_list() { return op(Opcode::EMPTY_LIST); }
    PickleBuilder& empty_tuple() { return op(Opcode::EMPTY_TUPLE); }
    PickleBuilder& setitem() { return op(Opcode::SETITEM); }
    PickleBuilder& setitems() { return op(Opcode::SETITEMS); }
    PickleBuilder& append() { return op(Opcode::APPEND); }
    PickleBuilder& appends() { return op(Opcode::APPENDS); }
    PickleBuilder& list() { return op(Opcode::LIST); }
    PickleBuilder& dict() { return op(Opcode::DICT); }
    PickleBuilder& tuple() { return op(Opcode::TUPLE); }
    PickleBuilder& tuple1() { return op(Opcode::TUPLE1); }
    PickleBuilder& tuple2() { return op(Opcode::TUPLE2); }
    PickleBuilder& tuple3() { return op(Opcode::TUPLE3); }

    // ---- memo and stack ----
    PickleBuilder& memoize() { return op(Opcode::MEMOIZE); }
    PickleBuilder& binput(unsigned index) { return op(Opcode::BINPUT).little(index, 1); }
    PickleBuilder& long_binput(std::uint32_t index) { return op(Opcode::LONG_BINPUT).little(index, 4); }
    PickleBuilder& put(std::string_view index) { return op(Opcode::PUT).line(index); }
    PickleBuilder& binget(unsigned index) { return op(Opcode::BINGET).little(index, 1); }
    PickleBuilder& long_binget(std::uint32_t index) { return op(Opcode::LONG_BINGET).little(index, 4); }
    PickleBuilder& get(std::string_view index) { return op(Opcode::GET).line(index); }
    PickleBuilder& pop() { return op(Opcode::POP); }
    PickleBuilder& pop_mark() { return op(Opcode::POP_MARK); }
    PickleBuilder& dup() { return op(Opcode::DUP); }

    // ---- plain values ----
    PickleBuilder& none() { return op(Opcode::NONE); }
    PickleBuilder& boolean(bool value) { return op(value ? Opcode::NEWTRUE : Opcode::NEWFALSE); }
    PickleBuilder& binint1(unsigned value) { return op(Opcode::BININT1).little(value, 1); }
    PickleBuilder& binint2(unsigned value) { return op(Opcode::BININT2).little(value, 2); }
    PickleBuilder& binint(std::int32_t value) {
        return op(Opcode::BININT).little(std::bit_cast<std::uint32_t>(value), 4);
    }
    PickleBuilder& long1(std::string_view bytes) {
        return op(Opcode::LONG1).little(bytes.size(), 1).raw(bytes);
    }
    PickleBuilder& long4(std::string_view bytes) {
        return op(Opcode::LONG4).little(bytes.size(), 4).raw(bytes);
    }
    // The shortest form that CPython has for the number.
    PickleBuilder& number(std::int64_t value) {
        if (value >= 0 && value < 256) return binint1(static_cast<unsigned>(value));
        if (value >= 0 && value < 65536) return binint2(static_cast<unsigned>(value));
        if (value == static_cast<std::int32_t>(value)) return binint(static_cast<std::int32_t>(value));
        std::string bytes;
        for (unsigned i = 0; i < 8; ++i)
            bytes += static_cast<char>(std::bit_cast<std::uint64_t>(value) >> (8 * i));
        return long1(bytes);
    }
    PickleBuilder& binfloat(double value) {
        const auto bits = std::bit_cast<std::uint64_t>(value);
        op(Opcode::BINFLOAT);
        for (unsigned i = 8; i-- > 0;) m_bytes += static_cast<char>(bits >> (8 * i));
        return *this;
    }
    PickleBuilder& int_line(std::string_view digits) { return op(Opcode::INT).line(digits); }
    PickleBuilder& long_line(std::string_view digits) { return op(Opcode::LONG).line(digits); }
    PickleBuilder& float_line(std::string_view digits) { return op(Opcode::FLOAT).line(digits); }

    // ---- text and bytes ----
    // Writes text as CPython does: SHORT_BINUNICODE, or BINUNICODE from 256 bytes on.
    PickleBuilder& text(std::string_view text) {
        return text.size() < 256 ? short_binunicode(text) : binunicode(text);
    }
    PickleBuilder& short_binunicode(std::string_view text) {
        return counted(Opcode::SHORT_BINUNICODE, text, 1);
    }
    PickleBuilder& binunicode(std::string_view text) { return counted(Opcode::BINUNICODE, text, 4); }
    PickleBuilder& binunicode8(std::string_view text) { return counted(Opcode::BINUNICODE8, text, 8); }
    PickleBuilder& short_binstring(std::string_view text) {
        return counted(Opcode::SHORT_BINSTRING, text, 1);
    }
    PickleBuilder& binstring(std::string_view text) { return counted(Opcode::BINSTRING, text, 4); }
    PickleBuilder& short_binbytes(std::string_view bytes) {
        return counted(Opcode::SHORT_BINBYTES, bytes, 1);
    }
    PickleBuilder& binbytes(std::string_view bytes) { return counted(Opcode::BINBYTES, bytes, 4); }
    PickleBuilder& binbytes8(std::string_view bytes) { return counted(Opcode::BINBYTES8, bytes, 8); }
    PickleBuilder& bytearray8(std::string_view bytes) { return counted(Opcode::BYTEARRAY8, bytes, 8); }
    PickleBuilder& unicode_line(std::string_view escaped) { return op(Opcode::UNICODE).line(escaped); }
    PickleBuilder& string_line(std::string_view quoted) { return op(Opcode::STRING).line(quoted); }
    // Writes an opcode and a declared length without the bytes that should follow. `width`: bytes of the
    // length.
    PickleBuilder& declare(Opcode opcode, std::uint64_t length, std::size_t width) {
        return op(opcode).little(length, width);
    }

    // ---- globals ----
    PickleBuilder& global(std::string_view module, std::string_view name) {
        return op(Opcode::GLOBAL).line(module).line(name);
    }
    PickleBuilder& stack_global(std::string_view module, std::string_view name) {
        return text(module).text(name).op(Opcode::STACK_GLOBAL);
    }
    PickleBuilder& reduce() { return op(Opcode::REDUCE); }
    PickleBuilder& build() { return op(Opcode::BUILD); }

    // ---- parts of a snapshot ----
    // key and value of a dict
    PickleBuilder& pair(std::string_view key, std::integral auto value) { return text(key).number(value); }
    PickleBuilder& pair(std::string_view key, std::string_view value) { return text(key).text(value); }
    // a trace entry without stack
    PickleBuilder& event(std::string_view action, std::int64_t address, std::int64_t size) {
        empty_dict().mark().pair("action", action).pair("addr", address).pair("size", size);
        return pair("stream", 0).setitems();
    }
    PickleBuilder& stack_frame(std::string_view name, std::string_view filename, std::int64_t line) {
        return empty_dict()
            .mark()
            .pair("name", name)
            .pair("filename", filename)
            .pair("line", line)
            .setitems();
    }

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t size() const { return m_bytes.size(); }

private:
    PickleBuilder& little(std::uint64_t value, std::size_t width) {
        for (std::size_t i = 0; i < width; ++i) m_bytes += static_cast<char>(value >> (8 * i));
        return *this;
    }
    PickleBuilder& line(std::string_view text) { return raw(text).raw("\n"); }
    PickleBuilder& counted(Opcode opcode, std::string_view data, std::size_t width) {
        return op(opcode).little(data.size(), width).raw(data);
    }

    std::string m_bytes;
};

}  // namespace snapq::tests
