// The interactive shell of `query`.
#pragma once

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <mutex>
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
// While an object exists, SIGINT interrupts the queries of `database` and the main thread's wait for input.
// SIGPIPE is ignored, because the user may leave the pager early. Only one may exist at a time; the main
// thread makes and destroys it, and calls its functions. The signal thread obeys SIGINT.
class ShellSignals {
public:
    explicit ShellSignals(archive::Database& database);
    ShellSignals(const ShellSignals&) = delete;
    ShellSignals& operator=(const ShellSignals&) = delete;
    ~ShellSignals();

    // Whether SIGINT arrived since the last forget().
    [[nodiscard]] bool interrupted() const { return m_interrupted; }

    // Call it before each statement and each line. A SIGINT that is being obeyed is waited for, so that it
    // does not end what follows. Also lifts the limit of wall time of the database.
    void forget();

    // Waits until `fd` can be read. Returns false when SIGINT has arrived.
    [[nodiscard]] bool wait_for_input(int fd) const;

private:
    void obey_interrupt(pthread_t main_thread);

    archive::Database& m_database;
    std::mutex m_mutex;  // locked while a SIGINT is obeyed
    std::atomic<bool> m_interrupted = false;
    struct sigaction m_old_wake {};
    struct sigaction m_old_pipe {};
};

}  // namespace snapq::commands
