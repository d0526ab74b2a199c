// Where the results of a command go: stdout, or a file that appears whole or not at all.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_file.hpp"

namespace snapq::commands {

class ResultOutput {
public:
    // An empty path is stdout. An existing file is refused here, before any work, unless `force`; one that is
    // among the `inputs` always is.
    ResultOutput(const std::string& path, bool force, const std::vector<std::string>& inputs);

    void write(std::string_view text);
    // Makes the file appear. Call it last.
    void finish();

private:
    std::unique_ptr<io::OutputFile> m_file;
};

}  // namespace snapq::commands
