// Ctrl-C in the shell: it ends the statement or the line being typed, and the shell only when SQLite does not
// return from the statement.
#pragma once

#include <csignal>

#include "archive/sqlite/database.hpp"

namespace snapq::commands {

// While it lives, SIGINT interrupts the queries of `database` and the main thread's read of the terminal, and
// SIGPIPE is ignored, because the user may leave the pager early. One at a time, made and destroyed by the
// main thread. The signal thread interrupts the database.
class ShellSignals {
public:
    explicit ShellSignals(archive::Database& database);
    ShellSignals(const ShellSignals&) = delete;
    ShellSignals& operator=(const ShellSignals&) = delete;
    ~ShellSignals();

    // Whether SIGINT came since the last forget().
    [[nodiscard]] static bool interrupted();
    static void forget();

private:
    struct sigaction m_old_wake {};
    struct sigaction m_old_pipe {};
};

}  // namespace snapq::commands
