// The program without main() and its exit codes for errors: how it starts, and how it ends. It also ends if
// SQLite does not return from a call (see io/watchdog.hpp).
#pragma once

#include <termios.h>

#include "io/watchdog.hpp"

namespace snapq::commands {

// Runs `snapq ARGV…`. Returns 0 on success, and 1 if a limit set by the user was exceeded. Throws Error in
// all other cases; the caller prints it. Results may be buffered until flush_results() is called.
int run_app(int argc, const char* const* argv);

// Writes buffered results to standard output. Throws SystemError when that fails. It is not an error if the
// reader has closed its end (`| head`).
void flush_results();

// Call it last. If a signal has arrived, the process dies of it here, even if the work was finished in the
// meantime.
void end_app();

// Prints the results so far and the message as an error, removes temporaries and exits with the allowance's
// exit code. A standard stream is skipped if its reader does not read. For
// io::WatchedWork::set_overrun_action.
[[noreturn]] void end_overrun(const io::Allowance& over);

// While an object exists, end_overrun() first waits until the user has left the pager, and then restores the
// terminal settings of the time when the object was made. Only one may exist at a time.
class TerminalGivenBack {
public:
    TerminalGivenBack();
    TerminalGivenBack(const TerminalGivenBack&) = delete;
    TerminalGivenBack& operator=(const TerminalGivenBack&) = delete;
    ~TerminalGivenBack();

private:
    friend void end_overrun(const io::Allowance& over);
    void give_back() const noexcept;

    termios m_settings{};
    bool m_is_terminal;  // set by the call that fills the settings
};

}  // namespace snapq::commands
