// Keys from the text of a stack, for archives that have nothing else.
#pragma once

#include <string_view>

#include "analysis/keys.hpp"

namespace snapq::analysis {

// `callstack`: "(0) FILE:LINE:NAME" a line, innermost first. The site is the innermost Python frame outside
// torch, generated code and the standard library as far as paths tell; our own archives know better. `by` is
// site, user-frame, function, file or stack.
[[nodiscard]] report::Key callstack_key(std::string_view callstack, KeyKind by);

}  // namespace snapq::analysis
