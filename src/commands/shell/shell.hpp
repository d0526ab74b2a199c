// The interactive shell of `query`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/query/query.hpp"
#include "commands/query_output.hpp"
#include "render/row_writer.hpp"

namespace snapq::commands {

struct ShellOptions {
    std::vector<std::string> archives;  // as the user named them
    render::RowOptions rows;
    RowLimit limit;
    std::optional<double> timeout;  // seconds for each statement
};

// Runs statements from the terminal until .quit or the end of input. Errors are printed and do not end the
// shell. Returns the exit code.
int run_shell(analysis::QuerySession& session, const ShellOptions& options);

}  // namespace snapq::commands
