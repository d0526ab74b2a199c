// Stacks that Python's module `traceback` has formatted, as in `forward_frames`. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "frames/frame_text.hpp"

namespace snapq::frames {

// `  File "/home/ada/model.py", line 7, in forward`, with or without the line of code after it. Views into
// the text. nullopt for any other text.
[[nodiscard]] std::optional<FrameText> parse_traceback_entry(std::string_view text);

// Whether the stack begins with the outermost frame, as format_stack() returns it. Recorders do both. The
// frame that starts a program or thread is outermost, and a frame inside torch is nearer to the innermost one
// than user code. If neither tells, the first one is taken for the innermost, as in all other stacks of a
// snapshot.
[[nodiscard]] bool begins_with_outermost(std::span<const FrameText> stack);

}  // namespace snapq::frames
