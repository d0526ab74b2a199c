#include "commands/app.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "commands/command_line.hpp"
#include "commands/signals.hpp"
#include "commands/standard_output.hpp"

namespace snapq::commands {
namespace {

// A file opened later would get the number of a standard stream that the caller closed, and results would be
// written into it. Reading such a stdin or writing such a stdout fails; what goes to stderr is dropped.
void open_null_for_closed_stdio() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
        static_cast<void>(::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY));
    }
}

}  // namespace

int run_app(int argc, const char* const* argv) {
    open_null_for_closed_stdio();
    CommandLine line;
    std::ostringstream asked_for;
    Command* command = line.parse(argc, argv, asked_for);
    standard_output().write(asked_for.str());
    if (command == nullptr) return 0;
    install_signal_handlers();
    return command->run();
}

void flush_results() {
    standard_output().flush();
}

}  // namespace snapq::commands
