// How wide text stands on a terminal, and text made safe to stand there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snapq::render {

// Columns of a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks, joiners and what
// else adds nothing, 1 for all else. Control characters and broken UTF-8 count as `printable` shows them.
[[nodiscard]] std::size_t display_width(std::string_view text);

// One line without anything a terminal would obey: control characters as \n, \t, \0, \x1b (also the C1 ones,
// and the characters that reverse the direction of writing, as \u202e), broken UTF-8 as U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

// The same, but line feeds stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

// Printable text cut to at most `width` columns; what is cut off leaves an ellipsis. The first keeps the
// beginning, the second the end (for paths). Width 0 cuts everything.
[[nodiscard]] std::string keep_start(std::string_view text, std::size_t width);
[[nodiscard]] std::string keep_end(std::string_view text, std::size_t width);

}  // namespace snapq::render
