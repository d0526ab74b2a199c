#include "commands/app.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "commands/command_line.hpp"
#include "commands/messages.hpp"
#include "commands/output.hpp"
#include "commands/overrun.hpp"
#include "io/signal_thread.hpp"

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

}  // namespace snapq::commands
