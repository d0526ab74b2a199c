#include "snapq/io/cleanup.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

namespace snapq::io {
namespace {

enum class SlotState : int { free, busy, file, directory };
static_assert(std::atomic<SlotState>::is_always_lock_free, "a signal handler must not meet a lock");

struct Slot {
    std::atomic<SlotState> state{SlotState::free};
    std::array<char, RegisteredTemporary::k_max_path> path{};
};

// Static storage that is zero from the start: a handler may run at any time, and untouched slots cost no
// memory.
std::array<Slot, RegisteredTemporary::k_slots> g_slots;

SlotState ready_state(RegisteredTemporary::Type type) {
    return type == RegisteredTemporary::Type::file ? SlotState::file : SlotState::directory;
}

// The slots stay as they are: a second handler may do the same again, and nobody registers a path any more.
void remove_all(SlotState kind, int (*remove)(const char*)) noexcept {
    for (const Slot& slot : g_slots) {
        if (slot.state == kind) remove(slot.path.data());
    }
}

// Either a holder counts itself before a handler looks, or it sees that a handler has begun.
std::atomic<int> g_holders{0};
std::atomic<bool> g_has_begun{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// A holder sits in a few system calls. On a network that is gone they may never end, and the process must
// die.
constexpr int k_max_wait_ms = 2000;

// False when some are still there.
bool wait_for_holders() noexcept {
    g_has_begun = true;
    for (int waited = 0; g_holders > 0 && waited < k_max_wait_ms; ++waited) ::poll(nullptr, 0, 1);
    return g_holders == 0;
}

}  // namespace

void unlink_registered_temporaries() noexcept {
    const int saved_errno = errno;
    if (wait_for_holders()) {
        remove_all(SlotState::file, ::unlink);
        remove_all(SlotState::directory, ::rmdir);
    }
    errno = saved_errno;
}

RegisteredTemporary::RegisteredTemporary(const std::string& path, Type type) {
    if (path.size() >= k_max_path) return;
    for (std::size_t i = 0; i < k_slots; ++i) {
        SlotState expected = SlotState::free;
        if (!g_slots[i].state.compare_exchange_strong(expected, SlotState::busy)) continue;
        std::memcpy(g_slots[i].path.data(), path.c_str(), path.size() + 1);
        g_slots[i].state.store(ready_state(type));
        m_slot = static_cast<int>(i);
        return;
    }
}

RegisteredTemporary::RegisteredTemporary(RegisteredTemporary&& other) noexcept
    : m_slot(std::exchange(other.m_slot, -1)) {}

RegisteredTemporary& RegisteredTemporary::operator=(RegisteredTemporary&& other) noexcept {
    if (this != &other) {
        release();
        m_slot = std::exchange(other.m_slot, -1);
    }
    return *this;
}

void RegisteredTemporary::release() {
    if (m_slot < 0) return;
    g_slots[static_cast<std::size_t>(m_slot)].state = SlotState::free;
    m_slot = -1;
}

CleanupHeld::CleanupHeld() {
    sigset_t all{};
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &m_before);
    ++g_holders;
    if (!g_has_begun) return;
    --g_holders;
    for (;;) ::pause();  // until the process dies, which the handler sees to
}

CleanupHeld::~CleanupHeld() {
    --g_holders;
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

}  // namespace snapq::io
