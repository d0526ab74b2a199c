#include "render/terminal_text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>

#include "render/escape.hpp"
#include "support/text.hpp"

namespace snapq::render {
namespace {

constexpr std::string_view k_ellipsis = "\xe2\x80\xa6";

// Columns of a line that are shown before and after a marked position.
constexpr std::size_t k_shown_before = 60;
constexpr std::size_t k_shown_after = 30;

std::size_t width_of(char32_t code) {
    return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(code))));
}

// Columns of one character as `printable` shows it.
std::size_t shown_width(const Utf8Character& character) {
    if (!character.valid) return 1;
    const std::string escape = shown_hidden(character.code);
    return escape.empty() ? width_of(character.code) : escape.size();
}

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

std::size_t display_width(AnyText text) {
    std::string_view raw = text.raw();
    if (is_plain_ascii(raw)) return raw.size();
    std::size_t width = 0;
    while (!raw.empty()) {
        const Utf8Character character = first_character(raw);
        width += shown_width(character);
        raw.remove_prefix(character.length);
    }
    return width;
}

std::string keep_start(AnyText text, std::size_t width) {
    std::string whole = printable(text);
    if (display_width(whole) <= width) return whole;
    if (width == 0) return {};
    return std::string(start_within(whole, width - 1)) + std::string(k_ellipsis);
}

std::string keep_end(AnyText text, std::size_t width) {
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

namespace {

// The end of "file.py:12" in the name of a row: after the line number, or else the first space after the last
// directory.
std::size_t end_of_place(std::string_view key) {
    for (std::size_t colon = key.find(':'); colon != std::string_view::npos;
         colon = key.find(':', colon + 1)) {
        const std::size_t end = std::min(key.find_first_not_of("0123456789?", colon + 1), key.size());
        if (end > colon + 1 && (end == key.size() || key[end] == ' ')) return end;
    }
    return std::min(key.find(' '), key.size());
}

std::string keep_both_ends(std::string_view text, std::size_t width) {
    if (display_width(text) <= width) return std::string(text);
    const std::size_t end = width / 2;
    const std::string head = keep_start(text, width - end);  // ends with an ellipsis
    return head + keep_end(text, end + 1).substr(k_ellipsis.size());
}

}  // namespace

std::string keep_key(AnyText key, std::size_t width) {
    std::string whole = printable(key);
    if (display_width(whole) <= width) return whole;
    const std::string_view place = std::string_view(whole).substr(0, end_of_place(whole));
    const std::string_view rest = std::string_view(whole).substr(place.size());
    const std::size_t slash = place.find_last_of("/\\");
    if (slash == std::string_view::npos || slash == 0) return keep_start(whole, width);
    const std::string_view file = place.substr(slash);
    const std::size_t file_width = display_width(file);
    if (file_width + 1 > width) return keep_end(place, width);
    const std::size_t left =
        width - file_width;  // for directories and the rest, of which at least 1 for an ellipsis
    const std::size_t rest_width = display_width(rest);
    if (rest_width < left) {
        return fmt::format("{}{}{}", keep_both_ends(place.substr(0, slash), left - rest_width), file, rest);
    }
    return fmt::format("{}{}{}", k_ellipsis, file, keep_start(rest, left - 1));
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent, std::size_t start) {
    std::string lines;
    std::size_t column = start;
    bool line_is_empty = true;
    while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, space);
        const std::size_t columns = display_width(word);
        if (!line_is_empty && column + 1 + columns > width) {
            lines += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (!line_is_empty) {
            lines += ' ';
            ++column;
        }
        line_is_empty = false;
        lines += word;
        column += columns;
        text.remove_prefix(std::min(text.size(), space + 1));
    }
    return lines;
}

std::string mark_position(std::string_view text, std::size_t offset) {
    offset = std::min(offset, text.size());
    const std::size_t begin = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;  // npos + 1 is 0
    const std::size_t end = std::min(text.find('\n', offset), text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    const std::string before = keep_end(text.substr(begin, offset - begin), k_shown_before);
    const std::string after = keep_start(text.substr(offset, end - offset), k_shown_after);
    return fmt::format("line {}, column {}:\n  {}{}\n  {:>{}}", line, offset - begin + 1, before, after, '^',
                       display_width(before) + 1);
}

std::vector<LibraryVersion> library_versions() {
    return {{"utf8proc", ::utf8proc_version()}};
}

}  // namespace snapq::render
