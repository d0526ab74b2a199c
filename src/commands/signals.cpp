#include "commands/signals.hpp"

#include <csignal>

#include "io/cleanup.hpp"

namespace snapq::commands {

void install_signal_handlers() {
    // A file that grows beyond the process's limit is an error like a full disk, reported by write().
    std::signal(SIGXFSZ, SIG_IGN);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        struct sigaction current {};
        sigaction(signal, nullptr, &current);
        if (current.sa_handler == SIG_IGN) continue;  // nohup
        struct sigaction action {};
        action.sa_handler = io::clean_up_and_die;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
}

}  // namespace snapq::commands
