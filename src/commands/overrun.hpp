// Ends the process if SQLite does not return from a call (see io/watchdog.hpp).
#pragma once

#include <termios.h>

#include "io/watchdog.hpp"

namespace snapq::commands {

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
