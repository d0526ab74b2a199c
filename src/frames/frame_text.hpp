// Frames as text: the lines of a stack that SnapViewer's table holds, stacks that Python's module
// `traceback` has formatted, and names that stay the same from run to run. Pure functions; any thread may
// call them. They throw nothing of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace snapq::frames {

// Views into the text that was parsed.
struct FrameText {
    std::string_view filename;
    std::int64_t line = 0;  // 0 if the number exceeds 64 bits
    std::string_view name;
};

// "(3) /home/ada/model.py:7:forward", with or without the number in front. The first ":DIGITS:" ends the
// filename: Windows paths and names of C++ functions hold colons too. nullopt when there is none.
[[nodiscard]] std::optional<FrameText> parse_frame_line(std::string_view text);

// Appends "(DEPTH) FILENAME:LINE:NAME", the line of one frame in the text of a stack. A line of -1 is unknown
// and written as "?".
void append_frame_line(std::size_t depth, std::string_view filename, std::int64_t line, std::string_view name,
                       std::string& into);

// The next frame of a stack's text, one frame a line, innermost first. Removes its line, and lines before it
// that are not frames, from the front of `rest`. nullopt at the end.
[[nodiscard]] std::optional<FrameText> next_frame(std::string_view& rest);

// The name without what torch.compile adds to a function that it resumes after a graph break:
// "torch_dynamo_resume_in_forward_at_501" (501 is the line of the break) and "<resume in forward>" (before
// PyTorch 2.1) are "forward".
[[nodiscard]] std::string stable_function(std::string_view name);

// The filename with '/' in place of '\', and without the process id and the execution counter of notebook
// cells (see frames/frame_path.hpp).
[[nodiscard]] std::string stable_filename(std::string_view filename);

// `  File "/home/ada/model.py", line 7, in forward`, with or without the line of code after it. Views into
// the text. nullopt for any other text.
[[nodiscard]] std::optional<FrameText> parse_traceback_entry(std::string_view text);

// Whether the stack begins with the outermost frame, as format_stack() returns it. Recorders do both. The
// frame that starts a program or thread is outermost, and a frame inside torch is nearer to the innermost one
// than user code. If neither shows the order, the first frame counts as the innermost, as in all other stacks
// of a snapshot.
[[nodiscard]] bool begins_with_outermost(std::span<const FrameText> stack);

}  // namespace snapq::frames
