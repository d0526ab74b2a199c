#include "io/cleanup.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
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

// SIGPIPE is the one signal that a handler receives (io/signal_thread), and it must not stop a thread that
// holds the mutex.
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

}  // namespace snapq::io
