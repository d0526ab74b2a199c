#include "io/cleanup.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>

namespace snapq::io {
namespace {

// In milliseconds. A CleanupHeld lives for a few system calls. On a network file system that does not answer
// they may never end, and the process must still die.
constexpr int k_longest_wait_ms = 2000;

// g_mutex guards the list of names. Each thread takes g_turn first and keeps it only until it has g_mutex, so
// the signal thread, which keeps both, is not overtaken by threads that lock g_mutex again and again.
std::mutex g_turn;
std::mutex g_mutex;

// How many nested locks this thread holds: it may register a name while it holds a CleanupHeld.
thread_local int t_lock_depth = 0;

// Set when the names are removed, while both mutexes are locked. The mutexes then stay locked.
std::atomic<bool> g_is_removed{false};

void lock_names() {
    if (t_lock_depth++ > 0) return;
    const std::scoped_lock turn(g_turn);
    g_mutex.lock();
}

void unlock_names() noexcept {
    if (--t_lock_depth == 0) g_mutex.unlock();
}

struct NamesLock {
    NamesLock() { lock_names(); }
    NamesLock(const NamesLock&) = delete;
    NamesLock& operator=(const NamesLock&) = delete;
    ~NamesLock() { unlock_names(); }
};

// Adds the milliseconds that it waits to `waited`; the limit is for the sum.
bool lock_within_limit(std::mutex& mutex, int& waited) noexcept {
    for (; !mutex.try_lock(); ++waited) {
        if (waited == k_longest_wait_ms) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

bool lock_for_removal() noexcept {
    int waited = 0;
    if (t_lock_depth == 0 && !(lock_within_limit(g_turn, waited) && lock_within_limit(g_mutex, waited)))
        return false;
    ++t_lock_depth;  // never lowered again: the mutexes stay locked
    return true;
}

}  // namespace

// Never destroyed: the signal thread may use it while the process exits.
std::list<RegisteredTemporary::Name>& RegisteredTemporary::names() {
    static auto* const all = new std::list<Name>;
    return *all;
}

void remove_registered_temporaries() noexcept {
    if (g_is_removed || !lock_for_removal()) return;
    g_is_removed = true;
    using Type = RegisteredTemporary::Type;
    for (const auto& name : RegisteredTemporary::names()) {
        if (name.type == Type::file) ::unlinkat(name.directory, name.name.c_str(), 0);
    }
    // The last one first, because a directory is created before those in it.
    const auto& names = RegisteredTemporary::names();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (name->type == Type::directory) ::unlinkat(name->directory, name->name.c_str(), AT_REMOVEDIR);
    }
}

RegisteredTemporary::RegisteredTemporary(int directory, std::string name, Type type) {
    const NamesLock lock;
    m_name = names().insert(names().end(), {directory, std::move(name), type});
    m_is_registered = true;
}

RegisteredTemporary::RegisteredTemporary(RegisteredTemporary&& other) noexcept
    : m_name(other.m_name), m_is_registered(std::exchange(other.m_is_registered, false)) {}

RegisteredTemporary& RegisteredTemporary::operator=(RegisteredTemporary&& other) noexcept {
    if (this != &other) {
        release();
        m_name = other.m_name;
        m_is_registered = std::exchange(other.m_is_registered, false);
    }
    return *this;
}

void RegisteredTemporary::release() noexcept {
    if (!std::exchange(m_is_registered, false)) return;
    const NamesLock lock;
    names().erase(m_name);
}

// SIGPIPE is the one signal that a handler receives (see start_signal_thread), and it must not stop a thread
// that holds the mutex.
CleanupHeld::CleanupHeld() {
    sigset_t pipe{};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, &m_mask_before);
    lock_names();
}

CleanupHeld::~CleanupHeld() {
    unlock_names();
    ::pthread_sigmask(SIG_SETMASK, &m_mask_before, nullptr);
}

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
