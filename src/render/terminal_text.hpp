// Text for a terminal: how wide it is, and how to cut and wrap it. A column is the width of one ASCII
// character.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/untrusted_text.hpp"
#include "support/version.hpp"

namespace snapq::render {

// 2 columns for East Asian wide characters and emoji, 0 for combining marks, otherwise 1. Characters that
// cannot be seen and invalid UTF-8 count as `printable` shows them.
[[nodiscard]] std::size_t display_width(AnyText text);

// Printable text cut to at most `width` columns, with an ellipsis in place of what was cut off. The first
// keeps the beginning, the second the end (for paths). Width 0 cuts everything.
[[nodiscard]] std::string keep_start(AnyText text, std::size_t width);
[[nodiscard]] std::string keep_end(AnyText text, std::size_t width);

// The name of a row ("tinylm/model.py:7 forward (bmm)") cut to at most `width` columns. Directories are cut
// first, in the middle, then the end of what follows "model.py:7". That part is kept as long as it fits.
[[nodiscard]] std::string keep_key(AnyText key, std::size_t width);

// `text` broken at spaces so that no line ends after column `width`, unless a single word is too long. The
// first line starts at column `start`, the others are indented by `indent` spaces.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t width, std::size_t indent,
                               std::size_t start);
[[nodiscard]] inline std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
    return wrap(text, width, indent, indent);
}

// "line 2, column 8:", that line, and a caret below the byte `offset` of `text` (which may be its end). Long
// lines are cut around it. Columns in the message count bytes, from 1. No line feed at the end.
[[nodiscard]] std::string mark_position(std::string_view text, std::size_t offset);

// Colours and weights of a terminal. They mark verdicts and changes; the caller decides whether the output
// gets them.
enum class Color : std::uint8_t { bold = 1, faint = 2, red = 31, green = 32, yellow = 33 };

// The style of text for people. `width` is in columns.
struct TextStyle {
    std::size_t width = 80;
    bool color = false;
};

// `text` between the escape sequences of a colour. Cut and align texts before they are coloured, because the
// sequences would count as columns.
[[nodiscard]] inline std::string colored(std::string_view text, Color color, bool enabled) {
    if (!enabled || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(color), text);
}

// The version of libutf8proc.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::render
