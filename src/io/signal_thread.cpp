#include "io/signal_thread.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>

#include "io/cleanup.hpp"

namespace snapq::io {
namespace {

// In bytes; the thread calls only a few system functions. A std::thread would reserve 8 MiB.
constexpr std::size_t k_stack_size = std::size_t{256} << 10;

// Asks the thread to end; nothing else in the program uses this signal.
const int k_stop_signal = SIGRTMIN;

sigset_t g_original_mask{};
sigset_t g_waited_for{};
pthread_t g_thread{};
bool g_is_started = false;

std::mutex g_action_mutex;
std::function<void()> g_interrupt_action;

[[noreturn]] void die_of(int signal) {
    remove_registered_temporaries();
    ::signal(signal, SIG_DFL);
    sigset_t it_alone{};
    sigemptyset(&it_alone);
    sigaddset(&it_alone, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &it_alone, nullptr);
    ::raise(signal);
    // The process is still alive only when it is the first process of a container.
    constexpr int k_killed = 128;
    ::_exit(k_killed + signal);
}

bool run_interrupt_action() {
    const std::scoped_lock lock(g_action_mutex);
    if (g_interrupt_action) g_interrupt_action();
    return static_cast<bool>(g_interrupt_action);
}

void obey(int signal) {
    if (signal == SIGINT && run_interrupt_action()) return;
    die_of(signal);
}

void* wait_for_signals(void*) {
    sigset_t all = g_waited_for;
    sigaddset(&all, k_stop_signal);
    for (;;) {
        int signal = 0;
        if (::sigwait(&all, &signal) != 0) continue;
        if (signal == k_stop_signal) break;
        obey(signal);
    }
    // A signal that arrived before the request to stop is still obeyed.
    constexpr timespec k_no_wait{};
    for (int signal = 0; (signal = ::sigtimedwait(&g_waited_for, nullptr, &k_no_wait)) > 0;) obey(signal);
    return nullptr;
}

// The kernel sends SIGPIPE to the thread that writes, so it cannot simply be blocked and waited for. This
// handler passes it on and stops the writer until the process dies.
void pass_on(int signal) {
    ::pthread_kill(g_thread, signal);
    for (;;) ::pause();
}

bool start_thread() {
    pthread_attr_t attributes{};
    if (::pthread_attr_init(&attributes) != 0) return false;
    ::pthread_attr_setstacksize(&attributes, k_stack_size);
    const int error = ::pthread_create(&g_thread, &attributes, wait_for_signals, nullptr);
    ::pthread_attr_destroy(&attributes);
    return error == 0;
}

bool is_ignored(int signal) {
    struct sigaction current {};
    ::sigaction(signal, nullptr, &current);
    return current.sa_handler == SIG_IGN;  // as `nohup` sets it
}

}  // namespace

void start_signal_thread() {
    std::signal(SIGXFSZ, SIG_IGN);
    ::pthread_sigmask(SIG_SETMASK, nullptr, &g_original_mask);
    sigemptyset(&g_waited_for);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        if (!is_ignored(signal) && sigismember(&g_original_mask, signal) == 0)
            sigaddset(&g_waited_for, signal);
    }
    sigset_t blocked = g_waited_for;
    sigaddset(&blocked, k_stop_signal);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    g_is_started = start_thread();
    if (g_is_started && sigismember(&g_waited_for, SIGPIPE) == 1) {
        struct sigaction action {};
        sigemptyset(&action.sa_mask);
        action.sa_handler = pass_on;
        ::sigaction(SIGPIPE, &action, nullptr);
    }
    sigset_t unblocked = g_waited_for;
    if (g_is_started) {
        sigemptyset(&unblocked);
        sigaddset(&unblocked, SIGPIPE);
    }
    if (sigismember(&g_original_mask, SIGPIPE) == 1) sigdelset(&unblocked, SIGPIPE);
    ::pthread_sigmask(SIG_UNBLOCK, &unblocked, nullptr);
}

void stop_signal_thread() {
    if (!std::exchange(g_is_started, false)) return;
    if (sigismember(&g_waited_for, SIGPIPE) == 1) std::signal(SIGPIPE, SIG_DFL);
    ::pthread_kill(g_thread, k_stop_signal);
    ::pthread_join(g_thread, nullptr);
}

const sigset_t& original_signal_mask() {
    return g_original_mask;
}

void set_interrupt_action(std::function<void()> action) {
    const std::scoped_lock lock(g_action_mutex);
    g_interrupt_action = std::move(action);
}

}  // namespace snapq::io
