// Reads JSON text of any size in limited memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/scanner.hpp"
#include "pickle/handler.hpp"
#include "snapshot/json_values.hpp"
#include "snapshot/records.hpp"
#include "support/bytes.hpp"
#include "support/interner.hpp"

namespace snapq::snapshot {

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
