#include "render/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "support/utf8.hpp"

namespace snapq::render {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Both tables hold whole blocks, not single characters: a column too many after a rare script is no harm, and
// the tables stay readable. Source: the general categories and EastAsianWidth of Unicode 15.
constexpr std::array k_no_width{
    Range{0x0300, 0x036f},   Range{0x0483, 0x0489},   Range{0x0591, 0x05bd}, Range{0x0610, 0x061a},
    Range{0x064b, 0x065f},   Range{0x06d6, 0x06dc},   Range{0x0900, 0x0902}, Range{0x093c, 0x093c},
    Range{0x0941, 0x0948},   Range{0x094d, 0x094d},   Range{0x0e31, 0x0e31}, Range{0x0e34, 0x0e3a},
    Range{0x0e47, 0x0e4e},   Range{0x1160, 0x11ff},   Range{0x1ab0, 0x1aff}, Range{0x1dc0, 0x1dff},
    Range{0x200b, 0x200d},   Range{0x2060, 0x2064},   Range{0x20d0, 0x20ff}, Range{0x302a, 0x302d},
    Range{0x3099, 0x309a},   Range{0xfe00, 0xfe0f},   Range{0xfe20, 0xfe2f}, Range{0xfeff, 0xfeff},
    Range{0x1f3fb, 0x1f3ff}, Range{0xe0001, 0xe01ef},
};
constexpr std::array k_wide{
    Range{0x1100, 0x115f},   Range{0x231a, 0x231b},   Range{0x2329, 0x232a},   Range{0x23e9, 0x23ec},
    Range{0x23f0, 0x23f0},   Range{0x23f3, 0x23f3},   Range{0x25fd, 0x25fe},   Range{0x2614, 0x2615},
    Range{0x2648, 0x2653},   Range{0x267f, 0x267f},   Range{0x2693, 0x2693},   Range{0x26a1, 0x26a1},
    Range{0x26aa, 0x26ab},   Range{0x26bd, 0x26be},   Range{0x26c4, 0x26c5},   Range{0x26ce, 0x26ce},
    Range{0x26d4, 0x26d4},   Range{0x26ea, 0x26ea},   Range{0x26f2, 0x26f3},   Range{0x26f5, 0x26f5},
    Range{0x26fa, 0x26fa},   Range{0x26fd, 0x26fd},   Range{0x2705, 0x2705},   Range{0x270a, 0x270b},
    Range{0x2728, 0x2728},   Range{0x274c, 0x274c},   Range{0x274e, 0x274e},   Range{0x2753, 0x2755},
    Range{0x2757, 0x2757},   Range{0x2795, 0x2797},   Range{0x27b0, 0x27b0},   Range{0x27bf, 0x27bf},
    Range{0x2b1b, 0x2b1c},   Range{0x2b50, 0x2b50},   Range{0x2b55, 0x2b55},   Range{0x2e80, 0x303e},
    Range{0x3041, 0x33ff},   Range{0x3400, 0x4dbf},   Range{0x4e00, 0xa4cf},   Range{0xa960, 0xa97c},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe10, 0xfe19},   Range{0xfe30, 0xfe6f},
    Range{0xff01, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x16fe0, 0x18cff}, Range{0x1b000, 0x1b2ff},
    Range{0x1f004, 0x1f004}, Range{0x1f0cf, 0x1f0cf}, Range{0x1f18e, 0x1f18e}, Range{0x1f191, 0x1f19a},
    Range{0x1f1e6, 0x1f202}, Range{0x1f210, 0x1f23b}, Range{0x1f240, 0x1f248}, Range{0x1f250, 0x1f251},
    Range{0x1f260, 0x1f265}, Range{0x1f300, 0x1f320}, Range{0x1f32d, 0x1f335}, Range{0x1f337, 0x1f37c},
    Range{0x1f37e, 0x1f393}, Range{0x1f3a0, 0x1f3ca}, Range{0x1f3cf, 0x1f3d3}, Range{0x1f3e0, 0x1f3f0},
    Range{0x1f3f4, 0x1f3f4}, Range{0x1f3f8, 0x1f43e}, Range{0x1f440, 0x1f440}, Range{0x1f442, 0x1f4fc},
    Range{0x1f4ff, 0x1f53d}, Range{0x1f54b, 0x1f567}, Range{0x1f57a, 0x1f57a}, Range{0x1f595, 0x1f596},
    Range{0x1f5a4, 0x1f5a4}, Range{0x1f5fb, 0x1f64f}, Range{0x1f680, 0x1f6c5}, Range{0x1f6cc, 0x1f6cc},
    Range{0x1f6d0, 0x1f6df}, Range{0x1f6eb, 0x1f6ec}, Range{0x1f6f4, 0x1f6fc}, Range{0x1f7e0, 0x1f7f0},
    Range{0x1f90c, 0x1f93a}, Range{0x1f93c, 0x1f945}, Range{0x1f947, 0x1faff}, Range{0x20000, 0x3fffd},
};
// Marks and embeddings that reverse the order of what follows: a path could pretend to be another one.
constexpr std::array k_directions{Range{0x061c, 0x061c}, Range{0x200e, 0x200f}, Range{0x2028, 0x202e},
                                  Range{0x2066, 0x2069}};

template <std::size_t Count>
bool holds(const std::array<Range, Count>& ranges, char32_t code) {
    const auto after =
        std::ranges::upper_bound(ranges, code, {}, [](const Range& range) { return range.first; });
    return after != ranges.begin() && code <= std::prev(after)->last;
}

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || holds(k_directions, code);
}

std::string escaped(char32_t code) {
    switch (code) {
        case '\0': return "\\0";
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: break;
    }
    const auto number = static_cast<unsigned>(code);
    return number < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{:04x}", number);
}

std::size_t width_of(char32_t code) {
    if (code < 0x300) return 1;
    if (holds(k_no_width, code)) return 0;
    return holds(k_wide, code) ? 2 : 1;
}

// One character as it will be shown.
struct Shown {
    std::string text;
    std::size_t width = 0;
};

Shown shown(std::string_view text, const Utf8Character& character) {
    if (!character.valid) return {"\xef\xbf\xbd", 1};
    if (is_control(character.code)) {
        std::string escape = escaped(character.code);
        const std::size_t width = escape.size();
        return {std::move(escape), width};
    }
    return {std::string(text.substr(0, character.length)), width_of(character.code)};
}

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string made_printable(std::string_view text, bool keep_line_feeds) {
    if (is_plain_ascii(text)) return std::string(text);
    std::string result;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        if (keep_line_feeds && character.code == '\n') {
            result += '\n';
        } else {
            result += shown(text, character).text;
        }
        text.remove_prefix(character.length);
    }
    return result;
}

constexpr std::string_view k_ellipsis = "\xe2\x80\xa6";

// The longest beginning of printable text within `width` columns.
std::string_view start_within(std::string_view text, std::size_t width) {
    std::size_t used = 0;
    std::size_t bytes = 0;
    while (bytes < text.size()) {
        const Utf8Character character = first_character(text.substr(bytes));
        used += width_of(character.code);
        if (used > width) break;
        bytes += character.length;
    }
    return text.substr(0, bytes);
}

}  // namespace

std::size_t display_width(std::string_view text) {
    if (is_plain_ascii(text)) return text.size();
    std::size_t width = 0;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        width += shown(text, character).width;
        text.remove_prefix(character.length);
    }
    return width;
}

std::string printable(std::string_view text) {
    return made_printable(text, false);
}

std::string printable_lines(std::string_view text) {
    return made_printable(text, true);
}

std::string keep_start(std::string_view text, std::size_t width) {
    std::string whole = printable(text);
    if (display_width(whole) <= width) return whole;
    if (width == 0) return {};
    return std::string(start_within(whole, width - 1)) + std::string(k_ellipsis);
}

std::string keep_end(std::string_view text, std::size_t width) {
    std::string whole = printable(text);
    std::size_t left = display_width(whole);
    if (left <= width) return whole;
    if (width == 0) return {};
    std::string_view rest = whole;
    while (left > width - 1) {
        const Utf8Character character = first_character(rest);
        left -= width_of(character.code);
        rest.remove_prefix(character.length);
    }
    return std::string(k_ellipsis) + std::string(rest);
}

}  // namespace snapq::render
