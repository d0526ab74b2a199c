// Ends work on untrusted data that does not end by itself.
//
// SQLite can be interrupted between two instructions of its virtual machine, but not in one call of a
// function, which may take hours on long values. A timer thread interrupts work that has used up its time.
// When that does not help, it ends the process, if the program allows that.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace snapq::io {

enum class WorkClock : std::uint8_t {
    wall,       // time since the allowance was given
    processor,  // processor time of the thread that calls
};

// How long some work may take, and the message and exit code if the process has to end because of it.
struct Allowance {
    std::chrono::milliseconds time{};
    std::string message;
    int exit_code = 0;
};

// Work that is done in calls which might not return. One thread at a time makes the calls; the allowances may
// be changed by any thread. Without an allowance, nothing happens. If the system cannot start the timer
// thread, nothing happens either.
class WatchedWork {
public:
    // `interrupt` is called by the timer thread, every 50 ms while a call lasts too long. It must not block,
    // and it is not called after the destructor has returned.
    explicit WatchedWork(std::function<void()> interrupt);
    WatchedWork(const WatchedWork&) = delete;
    WatchedWork& operator=(const WatchedWork&) = delete;
    ~WatchedWork();

    // Sets how long all calls together may take from now on. Replaces the allowance of the same clock;
    // nullopt removes it.
    void allow(WorkClock clock, std::optional<Allowance> allowance);

    // Sets the action that ends the process when an interrupted call has not returned for 2 seconds. It runs
    // in the timer thread and must not return. Set it before the first work. A library sets none; the work is
    // then only interrupted again and again.
    static void set_overrun_action(void (*action)(const Allowance&));

    // Marks a call while it lives. Calls may be nested. Cheap enough for each row of a query.
    class Call {
    public:
        explicit Call(WatchedWork& work) : m_work(work) { m_work.enter(); }
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        ~Call() { m_work.leave(); }

    private:
        WatchedWork& m_work;
    };

private:
    struct Watch;
    void enter() noexcept;
    void leave() noexcept;

    std::unique_ptr<Watch> m_watch;
    int m_depth = 0;
};

}  // namespace snapq::io
