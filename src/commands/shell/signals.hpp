// Ctrl-C in the shell. It ends the running statement or the line that is being typed. It ends the shell only
// if SQLite does not return from the statement.
#pragma once

#include <csignal>

#include "archive/sqlite/database.hpp"

namespace snapq::commands {

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
