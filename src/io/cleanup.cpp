#include "snapq/io/cleanup.hpp"

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

void remove_all(SlotState kind, int (*remove)(const char*)) noexcept {
    for (Slot& slot : g_slots) {
        SlotState expected = kind;
        // Busy for good: neither a second signal nor the owner touches the slot while its path is in use.
        if (slot.state.compare_exchange_strong(expected, SlotState::busy)) remove(slot.path.data());
    }
}

}  // namespace

void unlink_registered_temporaries() noexcept {
    const int saved_errno = errno;
    remove_all(SlotState::file, ::unlink);
    remove_all(SlotState::directory, ::rmdir);
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
    std::atomic<SlotState>& state = g_slots[static_cast<std::size_t>(m_slot)].state;
    m_slot = -1;
    // Busy here means that a signal handler has it; the process is about to die.
    if (state.load() != SlotState::busy) state.store(SlotState::free);
}

}  // namespace snapq::io
