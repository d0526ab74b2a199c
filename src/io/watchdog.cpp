#include "io/watchdog.hpp"

#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <mutex>
#include <utility>
#include <vector>

namespace snapq::io {
namespace {

using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

constexpr int k_tick_ms = 50;
// The number of ticks that an interrupted call has to return. Ticks are counted, not time: time also passes
// while the process is stopped or the machine sleeps, and then the call has had no chance to return.
constexpr int k_grace_ticks = 2000 / k_tick_ms;
// In bytes. An overrun action prints a message and removes files.
constexpr std::size_t k_timer_stack_size = std::size_t{256} << 10;

clockid_t clock_of_this_thread() noexcept {
    clockid_t clock = CLOCK_MONOTONIC;
    ::pthread_getcpuclockid(::pthread_self(), &clock);
    return clock;
}

// nullopt when the thread of the clock has ended.
std::optional<nanoseconds> time_of(clockid_t clock) noexcept {
    timespec now{};
    if (::clock_gettime(clock, &now) != 0) return std::nullopt;
    return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

}  // namespace

// g_mutex guards everything but the two atomics.
struct WatchedWork::Watch {
    std::function<void()> interrupt;

    // Odd while a call lasts. Written by the calling thread only.
    std::atomic<std::uint64_t> calls = 0;
    std::atomic<clockid_t> caller = CLOCK_MONOTONIC;

    std::array<std::optional<Allowance>, 2> allowances;  // by WorkClock
    Steady::time_point wall_begin;
    // `used`: the processor time of all calls up to the last look. The time between two looks counts only if
    // both find a call of the same thread, because between calls the thread may work on something else.
    // `last_time`, `last_caller`: its clock at the last look.
    nanoseconds used{};
    nanoseconds last_time{};
    std::optional<clockid_t> last_caller;

    std::uint64_t interrupted_call = 0;
    int ticks_since_interrupt = 0;

    std::optional<Allowance>& allowance(WorkClock clock) {
        return allowances.at(static_cast<std::size_t>(clock));
    }
    [[nodiscard]] bool has_allowance() const { return allowances[0] || allowances[1]; }

    // Must be called while a call lasts.
    nanoseconds processor_time() {
        const clockid_t clock = caller.load(std::memory_order_relaxed);
        const std::optional<nanoseconds> now = time_of(clock);
        if (!now) return used;
        if (last_caller == clock) used += *now - last_time;
        last_caller = clock;
        last_time = *now;
        return used;
    }

    // The allowance that is used up, or null.
    const Allowance* exceeded() {
        const auto& wall = allowance(WorkClock::wall);
        if (wall && Steady::now() - wall_begin > wall->time) return &*wall;
        const auto& processor = allowance(WorkClock::processor);
        return processor && processor_time() > processor->time ? &*processor : nullptr;
    }

    // Returns the allowance for which the process has to end, or null.
    const Allowance* look() {
        const std::uint64_t call = calls.load(std::memory_order_acquire);
        if (call % 2 == 0) {
            last_caller.reset();
            return nullptr;
        }
        const Allowance* over = exceeded();
        if (over == nullptr) return nullptr;
        interrupt();
        if (std::exchange(interrupted_call, call) != call) ticks_since_interrupt = 0;
        return ++ticks_since_interrupt > k_grace_ticks ? over : nullptr;
    }

    // Never destroyed: the timer thread may use them while the process exits.
    static std::mutex& mutex() {
        static auto* const it = new std::mutex;
        return *it;
    }
    static std::vector<Watch*>& all() {
        static auto* const it = new std::vector<Watch*>;
        return *it;
    }
    static inline bool timer_runs = false;
    static inline void (*overrun_action)(const Allowance&) = nullptr;

    // Checks all watched work; false when none of it has an allowance.
    static bool look_at_all() {
        bool any = false;
        for (Watch* watch : all()) {
            any = any || watch->has_allowance();
            const Allowance* over = watch->look();
            if (over != nullptr && overrun_action != nullptr) overrun_action(*over);
        }
        return any;
    }

    // Ends when there is nothing to watch.
    static void* run_timer(void*) {
        while (true) {
            ::poll(nullptr, 0, k_tick_ms);
            const std::scoped_lock lock(mutex());
            if (look_at_all()) continue;
            timer_runs = false;
            return nullptr;
        }
    }

    // The timer thread blocks all signals; they are for the other threads of the program.
    static void start_timer() {
        sigset_t all_signals{};
        sigset_t before{};
        sigfillset(&all_signals);
        ::pthread_sigmask(SIG_BLOCK, &all_signals, &before);
        pthread_attr_t attributes{};
        if (::pthread_attr_init(&attributes) == 0) {
            pthread_t timer{};
            ::pthread_attr_setstacksize(&attributes, k_timer_stack_size);
            ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
            timer_runs = ::pthread_create(&timer, &attributes, run_timer, nullptr) == 0;
            ::pthread_attr_destroy(&attributes);
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
};

WatchedWork::WatchedWork(std::function<void()> interrupt) : m_watch(std::make_unique<Watch>()) {
    m_watch->interrupt = std::move(interrupt);
    const std::scoped_lock lock(Watch::mutex());
    Watch::all().push_back(m_watch.get());
}

WatchedWork::~WatchedWork() {
    const std::scoped_lock lock(Watch::mutex());
    std::erase(Watch::all(), m_watch.get());
}

void WatchedWork::allow(WorkClock clock, std::optional<Allowance> allowance) {
    const std::scoped_lock lock(Watch::mutex());
    m_watch->allowance(clock) = std::move(allowance);
    if (clock == WorkClock::wall) {
        m_watch->wall_begin = Steady::now();
    } else {
        m_watch->used = {};
        m_watch->last_caller.reset();
    }
    if (m_watch->has_allowance() && !Watch::timer_runs) Watch::start_timer();
}

void WatchedWork::enter() noexcept {
    if (m_depth++ > 0) return;
    static thread_local const clockid_t t_clock = clock_of_this_thread();
    m_watch->caller.store(t_clock, std::memory_order_relaxed);
    m_watch->calls.store(m_watch->calls.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void WatchedWork::leave() noexcept {
    if (--m_depth > 0) return;
    m_watch->calls.store(m_watch->calls.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void WatchedWork::set_overrun_action(void (*action)(const Allowance&)) {
    const std::scoped_lock lock(Watch::mutex());
    Watch::overrun_action = action;
}

}  // namespace snapq::io
