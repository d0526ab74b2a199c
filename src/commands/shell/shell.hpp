// The interactive shell of `query`.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "analysis/query/query.hpp"
#include "archive/sqlite/database.hpp"
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

// Ctrl-C ends the running statement or the line that is being typed. It ends the shell only if SQLite does
// not return from the statement.
//
// While an object exists, SIGINT interrupts the queries of `database` and the main thread's read of the
// terminal. SIGPIPE is ignored, because the user may leave the pager early. Only one may exist at a time; the
// main thread makes and destroys it. The signal thread interrupts the database.
class ShellSignals {
public:
    explicit ShellSignals(archive::Database& database);
    ShellSignals(const ShellSignals&) = delete;
    ShellSignals& operator=(const ShellSignals&) = delete;
    ~ShellSignals();

    // Whether SIGINT arrived since the last forget().
    [[nodiscard]] static bool interrupted();
    static void forget();

private:
    struct sigaction m_old_wake {};
    struct sigaction m_old_pipe {};
};

}  // namespace snapq::commands
