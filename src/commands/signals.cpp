#include "commands/signals.hpp"

#include <csignal>

#include "snapq/io/cleanup.hpp"

namespace snapq::commands {
namespace {

void clean_up_and_die(int signal) {
    io::unlink_registered_temporaries();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

}  // namespace

void install_signal_handlers() {
    std::signal(SIGXFSZ, SIG_IGN);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        struct sigaction current {};
        sigaction(signal, nullptr, &current);
        if (current.sa_handler == SIG_IGN) continue;  // nohup
        struct sigaction action {};
        action.sa_handler = clean_up_and_die;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
        sigemptyset(&action.sa_mask);
        sigaction(signal, &action, nullptr);
    }
}

}  // namespace snapq::commands
