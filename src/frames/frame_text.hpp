// Frames as text: their filenames in the form in which the rules compare them, the lines of a stack that
// SnapViewer's table holds, stacks that Python's module `traceback` has formatted, and names that stay the
// same from run to run. Pure functions; any thread may call them. They throw nothing of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::frames {

// The last component, after '/' or '\'.
[[nodiscard]] std::string_view base_name(std::string_view filename);

// The components of a filename, without empty ones, "." and "..". A path of Windows (it has a drive letter or
// a backslash) is in lower case.
class FramePath {
public:
    explicit FramePath(std::string_view filename);

    [[nodiscard]] bool windows() const { return m_windows; }
    [[nodiscard]] bool absolute() const { return m_absolute; }
    [[nodiscard]] std::size_t size() const { return m_starts.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t index) const { return part(index, 1); }
    // `count` components from `index` on, joined by '/'; "" when there are fewer.
    [[nodiscard]] std::string_view part(std::size_t index, std::size_t count) const;

private:
    void append(std::string_view component);
    [[nodiscard]] std::size_t end_of(std::size_t index) const;

    std::string m_text;                 // the components, joined by '/'
    std::vector<std::size_t> m_starts;  // of each component in m_text
    bool m_windows = false;
    bool m_absolute = false;
};

// The filename (with '/', not '\') without the process and the counter:
//
//     /tmp/ipykernel_4711/169.py        /tmp/ipykernel/169.py           169 is a hash of the cell's text
//     <ipython-input-12-1a2b3c4d5e6f>   <ipython-input-1a2b3c4d5e6f>
//     /tmp/ipython-input-12-346728.py   /tmp/ipython-input-346728.py
//     Cell In[12]                       Cell In
//
// Other filenames are returned as they are.
[[nodiscard]] std::string without_counters(std::string filename);

// The execution counter, if nothing else in the filename tells this cell from others: 12 in "Cell In[12]".
// Cells of one notebook are then told apart by the order in which they ran.
[[nodiscard]] std::optional<std::int64_t> counter_of_cell(std::string_view filename);

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
// cells (see above).
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
