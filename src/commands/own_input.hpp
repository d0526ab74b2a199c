// A command's output must not replace what the command reads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace snapq::commands {

// Throws UsageError when `target` is `input` by any name (another spelling, a symbolic or a hard link), or
// where `input` is the directory of an archive, a file in it. `output` is what would stand there then: "its
// own archive". Standard input and output are no files.
void refuse_replacing_input(const std::string& input, const std::string& target, std::string_view output);

}  // namespace snapq::commands
