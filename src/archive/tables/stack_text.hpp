// A stack as people read it.
#pragma once

#include <cstddef>
#include <string>

#include "snapshot/model.hpp"

namespace snapq::archive::tables {

// Ceiling on the text of one stack, in bytes. Deep recursion through long C++ names would make a single row
// larger than tools can show; table stack_frames has the whole stack.
inline constexpr std::size_t k_max_stack_text = std::size_t{1} << 20;

// Replaces `into` by "(0) file:line:name" for each frame, innermost first, joined by newlines. A line that
// the file does not know (-1) reads "?". Where the text would pass the ceiling, the last line is "... N more
// frames".
void write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into);

}  // namespace snapq::archive::tables
