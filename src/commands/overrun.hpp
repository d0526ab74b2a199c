// The end of the process when SQLite does not return from a call (io/watchdog.hpp).
#pragma once

#include <termios.h>

#include "io/watchdog.hpp"

namespace snapq::commands {

// Prints the results so far and the message as an error, removes temporaries and exits with the allowance's
// exit code. A standard stream whose reader does not read is passed over. For
// io::WatchedWork::set_overrun_action.
[[noreturn]] void end_overrun(const io::Allowance& over);

// While it lives, end_overrun first waits until the user has left the pager and then gives the terminal the
// settings back that it had when this object was made. One at a time.
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
