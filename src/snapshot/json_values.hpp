// Collects the values of a JSON text and gives each finished object and array to a Handler. Values come
// one by one, or from simdjson, which parses an array or object as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "pickle/handler.hpp"
#include "pickle/limits.hpp"

namespace snapq::snapshot {

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

}  // namespace snapq::snapshot
