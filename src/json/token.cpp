#include "json/token.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "support/numbers.hpp"
#include "support/utf8.hpp"

namespace snapq::json {
namespace {

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
    // Too large or too small for a double: only strtod tells which.
    return std::strtod(std::string(token).c_str(), nullptr);
}

std::optional<std::uint32_t> hex4(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    std::uint32_t code = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + 4, code, 16);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + 4) return std::nullopt;
    return code;
}

// "\uXXXX", or a pair of surrogates, at the front of `text`. Returns its length, 0 when it is none.
std::size_t append_code(std::string_view text, std::string& to) {
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

// The escape at the front of `text`, likewise.
std::size_t append_escape(std::string_view text, std::string& to) {
    constexpr std::string_view k_names = "\"\\/bfnrt";
    constexpr std::string_view k_meanings = "\"\\/\b\f\n\r\t";
    if (text.size() < 2) return 0;
    if (text[1] == 'u') return append_code(text, to);
    const std::size_t name = k_names.find(text[1]);
    if (name == std::string_view::npos) return 0;
    to += k_meanings[name];
    return 2;
}

}  // namespace

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
