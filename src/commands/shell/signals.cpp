#include "commands/shell/signals.hpp"

#include <pthread.h>

#include <atomic>

#include "io/signal_thread.hpp"

namespace snapq::commands {
namespace {

std::atomic<bool> g_interrupted = false;

// The signal that makes the main thread's read of the terminal return. Without a handler, it has no effect.
constexpr int k_wake_signal = SIGURG;

}  // namespace

ShellSignals::ShellSignals(archive::Database& database) {
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = [](int) {};  // without SA_RESTART, so that the read is interrupted
    sigaction(k_wake_signal, &action, &m_old_wake);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &m_old_pipe);
    io::set_interrupt_action([&database, main_thread = ::pthread_self()] {
        g_interrupted = true;
        database.interrupt();
        database.limit_time(
            io::WorkClock::wall,
            io::Allowance{
                .time = {}, .message = "the statement does not end, so the shell ends", .exit_code = 1});
        ::pthread_kill(main_thread, k_wake_signal);
    });
}

ShellSignals::~ShellSignals() {
    io::set_interrupt_action({});
    sigaction(SIGPIPE, &m_old_pipe, nullptr);
    sigaction(k_wake_signal, &m_old_wake, nullptr);
}

bool ShellSignals::interrupted() {
    return g_interrupted;
}

void ShellSignals::forget() {
    g_interrupted = false;
}

}  // namespace snapq::commands
