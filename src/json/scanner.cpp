#include "json/scanner.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::json {
namespace {

// In bytes. The buffer starts with the first size. When a long text fills it, it doubles up to the second
// size; it grows beyond that only for a single longer value.
constexpr std::size_t k_first_buffer_size = std::size_t{16} << 10;
constexpr std::size_t k_buffer_size = std::size_t{1} << 20;
constexpr std::size_t k_read_ahead = 64;  // bytes; simdjson reads whole vectors beyond the end

enum class Role : std::uint8_t { none, quote, open, close };

constexpr std::array<Role, 256> make_roles() {
    std::array<Role, 256> roles{};
    roles['"'] = Role::quote;
    roles['['] = roles['{'] = Role::open;
    roles[']'] = roles['}'] = Role::close;
    return roles;
}
constexpr std::array<Role, 256> k_roles = make_roles();

// Finds the closing bracket of a value. Continues where it stopped when more bytes have been read.
class ValueScan {
public:
    // `text` is the value from its start. Returns its length, or 0 when `text` ends before the value.
    std::size_t advance(std::string_view text) {
        while (m_at < text.size()) {
            if (m_string_begin != 0 && !skip_string(text)) return 0;
            while (m_at < text.size() && k_roles[static_cast<unsigned char>(text[m_at])] == Role::none)
                ++m_at;
            if (m_at == text.size()) return 0;
            const Role role = k_roles[static_cast<unsigned char>(text[m_at++])];
            if (role == Role::quote) m_string_begin = m_at;
            if (role == Role::open) ++m_depth;
            if (role == Role::close && --m_depth == 0) return m_at;
        }
        return 0;
    }

private:
    bool skip_string(std::string_view text) {
        const std::size_t quote = find_closing_quote(text, m_string_begin, m_at);
        m_at = quote == std::string_view::npos ? text.size() : quote + 1;
        if (quote == std::string_view::npos) return false;
        m_string_begin = 0;
        return true;
    }

    std::size_t m_at = 0;
    std::size_t m_string_begin = 0;  // start of the string that contains m_at; 0 when m_at is not in a string
    std::size_t m_depth = 0;
};

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) ++at;
    return at;
}

enum class Form : std::uint8_t { none, integer, real };

// RFC 8259, section 6.
Form form_of(std::string_view token) {
    const std::size_t first = token.starts_with('-') ? 1 : 0;
    std::size_t at = skip_digits(token, first);
    if (at == first || (token[first] == '0' && at > first + 1)) return Form::none;
    if (at == token.size()) return Form::integer;
    if (token[at] == '.') {
        const std::size_t fraction = at + 1;
        at = skip_digits(token, fraction);
        if (at == fraction) return Form::none;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        const std::size_t exponent = at;
        at = skip_digits(token, exponent);
        if (at == exponent) return Form::none;
    }
    return at == token.size() ? Form::real : Form::none;
}

template <typename Number>
std::optional<Number> number(std::string_view token) {
    Number parsed{};
    const auto result = std::from_chars(token.data(), token.data() + token.size(), parsed);
    if (result.ec != std::errc()) return std::nullopt;
    return parsed;
}

Scalar parse_number(std::string_view token, Form form) {
    if (form == Form::integer) {
        if (const auto integer = number<std::int64_t>(token)) return *integer;
        if (const auto natural = number<std::uint64_t>(token)) return *natural;
    }
    if (const auto real = number<double>(token)) return *real;
    // Too large or too small for a double: strtod returns infinity or zero.
    return std::strtod(std::string(token).c_str(), nullptr);
}

std::optional<std::uint32_t> hex4(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t code = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + 4, code, 16);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + 4) return std::nullopt;
    return code;
}

// Appends the character of the escape "\uXXXX", or of a surrogate pair, at the start of `text`. Returns the
// length of the escape, or 0 when it is invalid.
std::size_t append_code_point(std::string_view text, std::string& to) {
    const auto code = hex4(text.substr(2));
    if (!code) return 0;
    const std::string_view next = text.substr(6);
    if (*code >= 0xd800 && *code < 0xdc00 && next.starts_with("\\u")) {
        const auto low = hex4(next.substr(2));
        if (low && *low >= 0xdc00 && *low < 0xe000) {
            append_utf8(to, 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00));
            return 12;
        }
    }
    append_utf8(to, *code);
    return 6;
}

// Appends the character of any escape; otherwise like append_code_point.
std::size_t append_escape(std::string_view text, std::string& to) {
    constexpr std::string_view k_names = "\"\\/bfnrt";
    constexpr std::string_view k_meanings = "\"\\/\b\f\n\r\t";
    if (text.size() < 2) return 0;
    if (text[1] == 'u') return append_code_point(text, to);
    const std::size_t name = k_names.find(text[1]);
    if (name == std::string_view::npos) return 0;
    to += k_meanings[name];
    return 2;
}

}  // namespace

// ---- the bytes in memory ----

JsonWindow::JsonWindow(ByteSource& source) : m_source(source), m_buffer(k_first_buffer_size + k_read_ahead) {}

bool JsonWindow::read_more() {
    // Bytes are moved only when the buffer is full, so each byte is moved rarely.
    if (m_end + k_read_ahead == m_buffer.size()) {
        if (m_at == 0 || m_buffer.size() < k_buffer_size) {
            m_buffer.reallocate(m_buffer.size() * 2, m_at, m_end);
        } else {
            std::memmove(m_buffer.data(), m_buffer.data() + m_at, m_end - m_at);
        }
        m_base += m_at;
        m_end -= m_at;
        m_at = 0;
    }
    const std::size_t got = m_source.read({m_buffer.data() + m_end, m_buffer.size() - k_read_ahead - m_end});
    m_end += got;
    std::memset(m_buffer.data() + m_end, 0, k_read_ahead);
    return got > 0;
}

// ---- ends of values ----

std::size_t find_closing_quote(std::string_view text, std::size_t from, std::size_t searched) {
    for (std::size_t quote = text.find('"', searched); quote != std::string_view::npos;
         quote = text.find('"', quote + 1)) {
        std::size_t first_backslash = quote;
        while (first_backslash > from && text[first_backslash - 1] == '\\') --first_backslash;
        if ((quote - first_backslash) % 2 == 0) return quote;
    }
    return std::string_view::npos;
}

std::optional<std::size_t> length_of_value(JsonWindow& window, std::size_t longest) {
    ValueScan scan;
    for (;;) {
        const std::string_view ahead = window.ahead();
        const std::size_t length = scan.advance(ahead.substr(0, longest));
        if (length > 0) return length;
        if (ahead.size() >= longest || !window.read_more()) return std::nullopt;
    }
}

// ---- tokens and escapes ----

bool is_token_byte(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '+' ||
           c == '.';
}

std::optional<Scalar> parse_token(std::string_view token) {
    if (token == "null") return Scalar();
    if (token == "true") return true;
    if (token == "false") return false;
    if (token == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (token == "Infinity") return std::numeric_limits<double>::infinity();
    if (token == "-Infinity") return -std::numeric_limits<double>::infinity();
    const Form form = form_of(token);
    if (form == Form::none) return std::nullopt;
    return parse_number(token, form);
}

std::size_t unescape(std::string_view raw, std::string& to) {
    to.clear();
    for (std::size_t at = 0; at < raw.size();) {
        const std::size_t escape = std::min(raw.find('\\', at), raw.size());
        to += raw.substr(at, escape - at);
        at = escape;
        if (at == raw.size()) break;
        const std::size_t length = append_escape(raw.substr(at), to);
        if (length == 0) return at;
        at += length;
    }
    return std::string_view::npos;
}

std::size_t find_control(std::string_view raw) {
    const auto found = std::ranges::find_if(raw, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    return found == raw.end() ? std::string_view::npos : static_cast<std::size_t>(found - raw.begin());
}

}  // namespace snapq::json
