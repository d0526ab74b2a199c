// Ctrl-C in the shell: it ends the statement, or the line being typed, never the shell.
#pragma once

#include "archive/sqlite/database.hpp"

namespace snapq::commands {

// While it lives, SIGINT interrupts questions to `database` and is remembered, and SIGPIPE is ignored (a
// pager may be left early). One at a time.
class ShellSignals {
public:
    explicit ShellSignals(archive::Database& database);
    ShellSignals(const ShellSignals&) = delete;
    ShellSignals& operator=(const ShellSignals&) = delete;
    ~ShellSignals();

    // Whether SIGINT came since the last forget().
    [[nodiscard]] static bool interrupted();
    static void forget();
};

}  // namespace snapq::commands
