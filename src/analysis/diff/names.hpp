// Names of frames as diff compares them: without what changes from run to run though the program is the same.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace snapq::analysis {

// "torch_dynamo_resume_in_forward_at_501" and "<resume in forward>" are "forward": what torch.compile goes on
// with after a graph break carries the line of the break in its name.
[[nodiscard]] std::string stable_function(std::string_view function);

// Whether a frame is a Python one, from its texts alone: a Python file, or a pseudo file such as <stdin>
// unless the function is spelled as C++. Programs without extension (bin/torchrun) count as C++; they only
// ever are the outermost caller.
[[nodiscard]] bool is_python_frame(std::string_view file, std::string_view function);

// Not for several threads at once.
class StableFiles {
public:
    // `strip_prefix`: regular expression (RE2) of what to take off the beginning of a file's name; empty:
    // nothing. Throws UsageError when it is no regular expression.
    explicit StableFiles(const std::string& strip_prefix);

    // Slashes as on Linux, without the prefix, and without the process id in names of notebook cells.
    [[nodiscard]] std::string operator()(std::string_view file) const;

private:
    std::unique_ptr<RE2> m_prefix;  // null: nothing to strip
};

}  // namespace snapq::analysis
