// Shows where in a text something is wrong.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snapq::render {

// "line 2, column 8:", that line, and a caret below the byte `offset` of `text` (its end included). Long
// lines are cut around it. No line feed at the end. Columns count bytes, from 1.
[[nodiscard]] std::string mark_position(std::string_view text, std::size_t offset);

}  // namespace snapq::render
