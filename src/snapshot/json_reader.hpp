// Reads JSON text of any size in limited memory, and gives each finished object and array to a Handler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scanner.hpp"
#include "pickle/handler.hpp"
#include "pickle/limits.hpp"
#include "snapshot/records.hpp"
#include "support/bytes.hpp"
#include "support/interner.hpp"

namespace snapq::snapshot {

// Collects the values of a JSON text. They come one by one, or from simdjson, which parses an array or object
// as a whole.
//
// The counterpart of the pickle machine's stack: holds the items of open objects and arrays, except those
// that the handler has taken already, so that a list of millions needs little memory. Buffers are reused;
// nothing is allocated for single values. One thread.
class JsonValues {
public:
    // `handler` must outlive this object.
    explicit JsonValues(pickle::Handler& handler) : m_handler(handler) {}

    // Throws InputError when the text is nested more than 1000 levels deep.
    void open_object(std::uint64_t offset) { open(true, offset); }
    void open_array(std::uint64_t offset) { open(false, offset); }
    // Closes the innermost object or array.
    void close(std::uint64_t offset);

    // A key, or a value that is text.
    void text(std::string_view bytes) { m_values.push_back(pickle::Value::text(m_handler.text(bytes))); }
    // Any other value.
    void add(const pickle::Value& value) { m_values.push_back(value); }
    // Call it after each item: it appends finished items to their array. Throws InputError when there are
    // more values than any file has in the bytes before `offset`.
    void hand_over_ready(std::uint64_t offset);

    [[nodiscard]] std::size_t depth() const { return m_depth; }
    [[nodiscard]] bool in_object() const { return m_depth > 0 && m_levels[m_depth - 1].is_object; }
    [[nodiscard]] bool in_array() const { return m_depth > 0 && !m_levels[m_depth - 1].is_object; }
    // The last value.
    [[nodiscard]] const pickle::Value& last() const { return m_values.back(); }

private:
    struct Level {
        bool is_object = false;
        std::size_t base = 0;    // of its items in m_values
        pickle::ListState list;  // array only
    };

    void open(bool is_object, std::uint64_t offset);
    [[nodiscard]] pickle::Value finish_object(std::size_t& base, std::uint64_t offset);
    [[nodiscard]] pickle::Value finish_array(Level& level, std::uint64_t offset);
    void hand_over(Level& array, std::uint64_t offset);
    void check_entries(std::uint64_t offset) const;

    pickle::Handler& m_handler;
    std::vector<pickle::Value> m_values;
    std::vector<Level> m_levels;  // levels from m_depth on are unused, but keep their buffers
    std::size_t m_depth = 0;
    pickle::HeldValues m_held;  // in `list.items` of all levels
};

// The longest array in bytes: far longer than a trace entry with a deep stack (10 KB). The parser's buffers
// take about 20 times as much.
inline constexpr std::size_t k_longest_array = std::size_t{256} << 10;

// One thread.
class JsonDom {
public:
    JsonDom();
    JsonDom(const JsonDom&) = delete;
    JsonDom& operator=(const JsonDom&) = delete;
    ~JsonDom();

    // Adds `array`, an array or object that begins at `offset` of the stream. When simdjson refuses it,
    // returns false and adds nothing. It refuses invalid JSON, what Python's json module writes beyond JSON
    // (NaN, lone surrogates, larger integers), text that is not UTF-8, and deep nesting. 64 bytes after
    // `array` must be readable.
    [[nodiscard]] bool add(std::string_view array, std::uint64_t offset, JsonValues& to);

private:
    struct Parser;
    std::unique_ptr<Parser> m_parser;
};

// Finds stacks by their JSON text: JSON repeats the whole stack in each event, but few stacks are different.
// Holds at most 8 MiB of text; then it is cleared. One thread.
class StackCache {
public:
    // The value of `text`; nullopt when it is new. Then call `set` with its value before the next `find`.
    [[nodiscard]] std::optional<Value> find(std::string_view text) {
        if (m_bytes > k_most_bytes) *this = StackCache();
        const std::uint32_t id = m_texts.intern(text);
        if (id < m_values.size()) return m_values[id];
        m_bytes += text.size();
        return std::nullopt;
    }
    void set(const Value& stack) { m_values.push_back(stack); }

private:
    static constexpr std::size_t k_most_bytes = std::size_t{8} << 20;

    TextInterner m_texts;
    std::vector<Value> m_values;  // by id in m_texts
    std::size_t m_bytes = 0;
};

// Reads the text token by token. Short arrays (the frames of an event, the blocks of a segment) are parsed by
// simdjson as a whole, and stacks that were read before are not parsed again. Arrays that simdjson refuses
// are read token by token too. That either accepts what Python's json module writes beyond JSON, or finds the
// invalid byte. One thread.
class JsonReader {
public:
    // Both must outlive the reader. The text begins at the window's cursor.
    JsonReader(json::JsonWindow& window, pickle::Handler& handler);

    // The value of the text, once. Throws InputError with the offset for invalid JSON, and what the handler
    // throws. Afterwards the cursor is after the value.
    [[nodiscard]] pickle::Value read();
    // Skips what may follow the value: blanks, and the NUL bytes that PyTorch's HTML pages append. Returns
    // whether another object or array follows. Throws InputError when something else does.
    [[nodiscard]] bool another_follows();
    [[nodiscard]] std::uint64_t offset() const { return m_window.offset(); }

private:
    [[nodiscard]] char next_byte();
    void read_item_or_end();
    void read_value();
    void read_key();
    void read_text();
    [[nodiscard]] std::string_view raw_text();
    void read_token();
    void open(bool is_object);
    void close();
    [[nodiscard]] bool read_whole_array();
    [[nodiscard]] bool add_whole_array(std::string_view array);
    [[noreturn]] void refuse(const char* wanted);

    json::JsonWindow& m_window;
    JsonValues m_values;
    JsonDom m_dom;
    StackCache m_stack_cache;
    bool m_is_fresh = false;             // the innermost object or array is empty so far
    std::uint64_t m_by_token_until = 0;  // the end of an array that simdjson refused
    std::string m_unescaped;
};

}  // namespace snapq::snapshot
