#include "pickle/numbers.hpp"

#include <bit>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "pickle/limits.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::pickle {
namespace {

// The code and the length in bytes of an escape such as "\u12ab" or "\U000012ab".
struct Escape {
    std::uint32_t code;
    std::size_t length;
};

std::optional<Escape> hex_escape(std::string_view text, std::size_t prefix, std::size_t digits) {
    if (text.size() < prefix + digits) return std::nullopt;
    std::uint32_t code = 0;
    const char* end = text.data() + prefix + digits;
    const auto parsed = std::from_chars(text.data() + prefix, end, code, 16);
    if (parsed.ec != std::errc() || parsed.ptr != end || code > 0x10ffff) return std::nullopt;
    return Escape{code, prefix + digits};
}

std::optional<Escape> unicode_escape(std::string_view text) {
    if (text.starts_with("\\u")) return hex_escape(text, 2, 4);
    if (text.starts_with("\\U")) return hex_escape(text, 2, 8);
    return std::nullopt;
}

std::optional<Escape> string_escape(std::string_view text) {
    if (text.size() < 2 || text[0] != '\\') return std::nullopt;
    switch (text[1]) {
        case 'n': return Escape{'\n', 2};
        case 'r': return Escape{'\r', 2};
        case 't': return Escape{'\t', 2};
        case 'x': return hex_escape(text, 2, 2);
        case '\\':
        case '\'':
        case '"': return Escape{static_cast<unsigned char>(text[1]), 2};
        default: return std::nullopt;
    }
}

// Wide enough for k_long_bytes.
__extension__ using WideInteger = __int128;
__extension__ using WideBits = unsigned __int128;
static_assert(sizeof(WideInteger) == k_long_bytes);

// Removes bytes at the end that only repeat the sign. Python never writes them; other picklers can.
std::string_view without_sign_bytes(std::string_view bytes, bool negative) {
    const char sign = negative ? '\xff' : '\0';
    const auto needs_last = [&] {
        const bool next_is_negative = (static_cast<unsigned char>(bytes[bytes.size() - 2]) & 0x80U) != 0;
        return bytes.back() != sign || next_is_negative != negative;
    };
    while (bytes.size() > 1 && !needs_last()) bytes.remove_suffix(1);
    return bytes;
}

}  // namespace

Value parse_decimal(std::string_view line, bool may_be_boolean, std::uint64_t offset) {
    if (may_be_boolean && (line == "00" || line == "01")) return Value::boolean(line == "01");
    if (line.ends_with('L')) line.remove_suffix(1);
    const char* end = line.data() + line.size();
    std::int64_t number = 0;
    const auto parsed = std::from_chars(line.data(), end, number);
    if (parsed.ptr == end && parsed.ec == std::errc()) return Value::integer(number);
    std::uint64_t natural = 0;
    const auto unsigned_parsed = std::from_chars(line.data(), end, natural);
    if (unsigned_parsed.ptr == end && unsigned_parsed.ec == std::errc()) return Value::natural(natural);
    return parse_real(line, offset);
}

Value parse_real(std::string_view line, std::uint64_t offset) {
    double number = 0;
    const char* end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data(), end, number);
    if (parsed.ptr != end || line.empty() || parsed.ec == std::errc::invalid_argument) {
        throw_input(offset, "a number was expected on this line");
    }
    // Too large or too small for a double: strtod returns infinity or zero.
    if (parsed.ec == std::errc::result_out_of_range) number = std::strtod(std::string(line).c_str(), nullptr);
    return Value::real(number);
}

std::uint64_t parse_index(std::string_view line, std::uint64_t offset) {
    std::uint64_t index = 0;
    const char* end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data(), end, index);
    if (parsed.ptr != end || parsed.ec != std::errc())
        throw_input(offset, "a memo index was expected on this line");
    return index;
}

Value parse_long(std::string_view bytes) {
    if (bytes.empty()) return Value::integer(0);
    if (bytes.size() <= 8) {  // all addresses, streams and times
        const auto unused = 64 - 8 * static_cast<unsigned>(bytes.size());
        const std::uint64_t word = load_le(bytes.data(), bytes.size());
        return Value::integer(std::bit_cast<std::int64_t>(word << unused) >> unused);
    }
    const bool negative = (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
    bytes = without_sign_bytes(bytes, negative);
    WideBits bits = negative ? ~WideBits{0} : WideBits{0};
    for (std::size_t end = bytes.size(); end > 0; --end)
        bits = bits << 8 | static_cast<unsigned char>(bytes[end - 1]);
    const auto low = static_cast<std::uint64_t>(bits);
    if (bytes.size() < 9) return Value::integer(std::bit_cast<std::int64_t>(low));
    if (bits >> 64 == 0) return Value::natural(low);
    return Value::real(static_cast<double>(static_cast<WideInteger>(bits)));
}

double parse_binfloat(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char c : bytes) bits = bits << 8 | static_cast<unsigned char>(c);
    return std::bit_cast<double>(bits);
}

std::string parse_unicode_line(std::string_view line) {
    std::string text;
    for (std::size_t i = 0; i < line.size();) {
        const auto escape = unicode_escape(line.substr(i));
        append_utf8(text, escape ? escape->code : static_cast<unsigned char>(line[i]));
        i += escape ? escape->length : 1;
    }
    return text;
}

std::string parse_string_line(std::string_view line, std::uint64_t offset) {
    const bool quoted =
        line.size() >= 2 && line.front() == line.back() && (line[0] == '\'' || line[0] == '"');
    if (!quoted) throw_input(offset, "STRING: the text is not quoted");
    line = line.substr(1, line.size() - 2);
    std::string text;
    for (std::size_t i = 0; i < line.size();) {
        const auto escape = string_escape(line.substr(i));
        text += static_cast<char>(escape ? escape->code : static_cast<unsigned char>(line[i]));
        i += escape ? escape->length : 1;
    }
    return text;
}

}  // namespace snapq::pickle
