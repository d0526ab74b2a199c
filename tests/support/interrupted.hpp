// Runs work that a signal interrupts in the same way as a command: the signal thread removes temporaries,
// then the process dies.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/cleanup.hpp"

namespace snapq::tests {

// Runs `work` in a child process with a signal thread. Returns the signal that ended the child, 0 for none.
template <typename Work>
int interrupted(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        io::start_signal_thread();
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// Sends SIGINT, like Ctrl-C. Another thread receives the signal, so this thread continues.
inline void send_interrupt() {
    ::kill(::getpid(), SIGINT);
}

// Sends the signal and waits until the process dies of it.
[[noreturn]] inline void die_of_interrupt(int signal = SIGINT) {
    ::kill(::getpid(), signal);
    for (;;) ::pause();
}

}  // namespace snapq::tests
