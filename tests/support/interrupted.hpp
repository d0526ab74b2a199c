// Work that is interrupted as a command is: its handler cleans up, then the process dies of the signal.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/cleanup.hpp"

namespace snapq::tests {

// Runs `work` in a child with such a handler for SIGINT; returns the signal it died of, 0 for none.
template <typename Work>
int interrupted(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGINT, io::clean_up_and_die);
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace snapq::tests
