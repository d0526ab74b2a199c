#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "render/escape.hpp"
#include "support/text.hpp"

namespace snapq::render {
namespace {

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

// Characters that could make a text look like another one. Unicode calls those without a width "ignorable",
// among them the marks that change the direction; the separators of lines and paragraphs and the marks of
// annotations are not.
bool is_invisible(char32_t code) {
    if (code < 0xa0) return false;
    return code == 0x2028 || code == 0x2029 || (code >= 0xfff9 && code <= 0xfffb) ||
           utf8proc_get_property(static_cast<utf8proc_int32_t>(code))->ignorable != 0;
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
    if (number < 0x80) return fmt::format("\\x{:02x}", number);
    return number < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
}

std::string replace_hidden(std::string_view text, bool keep_line_feeds) {
    if (is_plain_ascii(text)) return std::string(text);
    std::string result;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        const std::string_view bytes = text.substr(0, character.length);
        text.remove_prefix(character.length);
        if (!character.valid) {
            append_utf8(result, k_replacement_character);
        } else if (std::string escape = shown_hidden(character.code);
                   escape.empty() || (keep_line_feeds && character.code == '\n')) {
            result += bytes;
        } else {
            result += escape;
        }
    }
    return result;
}

}  // namespace

bool is_plain_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string shown_hidden(char32_t code) {
    return is_control(code) || is_invisible(code) ? escaped(code) : std::string();
}

std::string printable(AnyText text) {
    return replace_hidden(text.raw(), false);
}

std::string printable_lines(AnyText text) {
    return replace_hidden(text.raw(), true);
}

}  // namespace snapq::render
