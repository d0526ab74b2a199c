#include "commands/overrun.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>

#include "commands/shell/pager.hpp"
#include "io/cleanup.hpp"
#include "render/terminal_text.hpp"

namespace snapq::commands {
namespace {

std::atomic<const TerminalGivenBack*> g_terminal = nullptr;

// Whether a write would not block. A pipe that accepts bytes has room for the whole buffer of stdio.
bool takes_bytes(int descriptor) {
    pollfd asked{.fd = descriptor, .events = POLLOUT, .revents = 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLOUT) != 0;
}

}  // namespace

// This runs in the timer thread. The thread of the query is inside SQLite, so it holds no lock of stdio.
void end_overrun(const io::Allowance& over) {
    if (const TerminalGivenBack* terminal = g_terminal) terminal->give_back();
    if (takes_bytes(STDOUT_FILENO)) std::fflush(stdout);
    const std::string text = fmt::format("snapq: error: {}\n", render::printable(over.message));
    if (takes_bytes(STDERR_FILENO) && ::write(STDERR_FILENO, text.data(), text.size()) < 0) {
        // There is nowhere to report this error.
    }
    io::remove_registered_temporaries();
    ::_exit(over.exit_code);
}

TerminalGivenBack::TerminalGivenBack() : m_is_terminal(::tcgetattr(STDIN_FILENO, &m_settings) == 0) {
    g_terminal = this;
}

TerminalGivenBack::~TerminalGivenBack() {
    g_terminal = nullptr;
}

void TerminalGivenBack::give_back() const noexcept {
    leave_pager();
    if (m_is_terminal) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &m_settings);
}

}  // namespace snapq::commands
