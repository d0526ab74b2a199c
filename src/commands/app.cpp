#include "commands/app.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <sstream>
#include <string>

#include "commands/command_line.hpp"
#include "commands/messages.hpp"
#include "commands/output.hpp"
#include "commands/shell/terminal.hpp"
#include "io/cleanup.hpp"
#include "render/terminal_text.hpp"

namespace snapq::commands {
namespace {

// If the caller closed a standard stream, a file that is opened later would get its descriptor, and results
// would be written into that file. So /dev/null is opened in its place: reading such a stdin or writing such
// a stdout fails, and output to stderr is dropped.
void open_null_for_closed_stdio() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
        static_cast<void>(::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY));
    }
}

}  // namespace

int run_app(int argc, const char* const* argv) {
    open_null_for_closed_stdio();
    if (is_github_actions()) guard_workflow();
    CommandLine line;
    std::ostringstream help;
    Command* command = line.parse(argc, argv, help);
    standard_output().write(help.str());
    if (command == nullptr) return 0;
    io::start_signal_thread();
    io::WatchedWork::set_overrun_action(end_overrun);
    return command->run();
}

void flush_results() {
    standard_output().flush();
}

void end_app() {
    io::stop_signal_thread();
}

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
