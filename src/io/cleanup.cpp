#include "io/cleanup.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace snapq::io {
namespace {

enum class SlotState : int { free, busy, file, directory };
static_assert(std::atomic<SlotState>::is_always_lock_free, "a signal handler must not meet a lock");

}  // namespace

struct RegisteredTemporary::Slot {
    std::atomic<SlotState> state{SlotState::free};
    std::array<char, k_max_path> path{};
};

namespace {

using Slot = RegisteredTemporary::Slot;

struct Block {
    static constexpr std::size_t k_slots = 32;
    std::array<Slot, k_slots> slots;
    std::atomic<Block*> next{nullptr};
};

// Static storage that is zero from the start, and what was appended to it: a handler may run at any time, so
// no block ever goes. Untouched slots cost no memory.
Block g_first;

SlotState ready_state(RegisteredTemporary::Type type) {
    return type == RegisteredTemporary::Type::file ? SlotState::file : SlotState::directory;
}

Slot* take_slot_of(Block& block) noexcept {
    for (Slot& slot : block.slots) {
        SlotState expected = SlotState::free;
        if (slot.state.compare_exchange_strong(expected, SlotState::busy)) return &slot;
    }
    return nullptr;
}

// The one behind `block`, made when there is none; null without memory.
Block* next_of(Block& block) {
    if (Block* next = block.next) return next;
    std::unique_ptr<Block> made(new (std::nothrow) Block);
    Block* expected = nullptr;
    if (!made || !block.next.compare_exchange_strong(expected, made.get())) return expected;
    return made.release();
}

Slot* take_slot() {
    for (Block* block = &g_first; block != nullptr; block = next_of(*block)) {
        if (Slot* slot = take_slot_of(*block)) return slot;
    }
    return nullptr;
}

// The slots stay as they are: a second handler may do the same again, and nobody registers a path any more.
void remove_all(SlotState kind, int (*remove)(const char*)) noexcept {
    for (const Block* block = &g_first; block != nullptr; block = block->next) {
        for (const Slot& slot : block->slots) {
            if (slot.state == kind) remove(slot.path.data());
        }
    }
}

// Either a holder counts itself before a handler looks, or it sees that a handler has begun.
std::atomic<int> g_holders{0};
std::atomic<bool> g_has_begun{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

// A holder sits in a few system calls. On a network that is gone they may never end, and the process must
// die.
constexpr int k_longest_wait_ms = 2000;

// False when some are still there.
bool wait_for_holders() noexcept {
    g_has_begun = true;
    for (int waited = 0; g_holders > 0 && waited < k_longest_wait_ms; ++waited) ::poll(nullptr, 0, 1);
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

void clean_up_and_die(int signal) noexcept {
    unlink_registered_temporaries();
    ::signal(signal, SIG_DFL);
    sigset_t it_alone{};
    sigemptyset(&it_alone);
    sigaddset(&it_alone, signal);
    ::pthread_sigmask(SIG_UNBLOCK, &it_alone, nullptr);
    ::raise(signal);
    constexpr int k_killed = 128;
    ::_exit(k_killed + signal);
}

RegisteredTemporary::RegisteredTemporary(const std::string& path, Type type) {
    if (path.size() >= k_max_path) return;
    m_slot = take_slot();
    if (m_slot == nullptr) return;
    std::memcpy(m_slot->path.data(), path.c_str(), path.size() + 1);
    m_slot->state = ready_state(type);
}

RegisteredTemporary::RegisteredTemporary(RegisteredTemporary&& other) noexcept
    : m_slot(std::exchange(other.m_slot, nullptr)) {}

RegisteredTemporary& RegisteredTemporary::operator=(RegisteredTemporary&& other) noexcept {
    if (this != &other) {
        release();
        m_slot = std::exchange(other.m_slot, nullptr);
    }
    return *this;
}

void RegisteredTemporary::release() {
    if (m_slot != nullptr) m_slot->state = SlotState::free;
    m_slot = nullptr;
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
