// Reads JSON text piece by piece: the bytes in memory, the ends of values, and tokens. Also accepts what
// Python's json module writes beyond RFC 8259: NaN, Infinity, -Infinity, integers of any size and lone
// surrogates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "support/bytes.hpp"

namespace snapq::json {

// The part of a JSON text that is in memory: the bytes from the cursor on. Has one buffer of 16 KiB, which
// grows to 1 MiB for a long text, and beyond that only for a single value that needs it. The 64 bytes after
// the view are readable (for simdjson); their values do not matter. One thread.
class JsonWindow {
public:
    // `source` must outlive the window.
    explicit JsonWindow(ByteSource& source);

    // Offset of the cursor in the stream.
    [[nodiscard]] std::uint64_t offset() const { return m_base + m_at; }
    // The bytes in memory from the cursor on; valid until `read_more`.
    [[nodiscard]] std::string_view ahead() const { return {m_buffer.data() + m_at, m_end - m_at}; }
    [[nodiscard]] bool has_byte() { return m_at < m_end || read_more(); }
    [[nodiscard]] char byte() const { return m_buffer[m_at]; }
    // `count` is at most the length of `ahead`.
    void advance(std::size_t count) { m_at += count; }

    // Appends bytes to `ahead`. Returns false at the end of the stream. Rethrows exceptions of the source.
    bool read_more();

private:
    ByteSource& m_source;
    RawBuffer m_buffer;
    std::size_t m_at = 0;
    std::size_t m_end = 0;
    std::uint64_t m_base = 0;  // stream offset of m_buffer[0]
};

// Position of the quote that ends a string whose contents begin at `from`, or npos. The search starts at
// `searched`: in the first call at `from`, and in later calls, with more bytes in `text`, at the size that
// `text` had in the call before. Takes linear time for any number of backslashes.
[[nodiscard]] std::size_t find_closing_quote(std::string_view text, std::size_t from, std::size_t searched);

// Length in bytes of the array or object at the cursor; nullopt when it does not end within `longest` bytes.
// Checks only brackets and quotes.
[[nodiscard]] std::optional<std::size_t> length_of_value(JsonWindow& window, std::size_t longest);

// A value that is not a string, an array or an object. monostate is null; unsigned is used only above 2^63
// - 1.
using Scalar = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double>;

// Whether `c` can be part of a number or a word.
[[nodiscard]] bool is_token_byte(char c);

// The value of a whole number or word, nullopt when it is invalid. Integers beyond 64 bits become reals.
[[nodiscard]] std::optional<Scalar> parse_token(std::string_view token);

// Replaces the escapes in the contents of a string. The result goes to `to`, which is cleared first. A lone
// surrogate becomes the same three bytes as in Python's pickle. Returns the position of the first invalid
// escape in `raw`, npos when there is none.
[[nodiscard]] std::size_t unescape(std::string_view raw, std::string& to);

// Position of the first control character, or npos. Strings may contain control characters only as escapes.
[[nodiscard]] std::size_t find_control(std::string_view raw);

}  // namespace snapq::json
