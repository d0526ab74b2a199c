// Makes keys from the text of a stack. SnapViewer's archives store only this text, no frames.
#pragma once

#include <cstddef>
#include <string_view>

#include "analysis/keys.hpp"

namespace snapq::analysis {

// `callstack`: the text of a stack, see frames::next_frame. Site and user frame follow the same rules as in
// our own archives (frames/stack_rules.hpp). `site_depth` as for StackKeys. `by` is site, user-frame,
// function, file or stack.
[[nodiscard]] report::Key callstack_key(std::string_view callstack, KeyKind by, std::size_t site_depth = 1);

}  // namespace snapq::analysis
