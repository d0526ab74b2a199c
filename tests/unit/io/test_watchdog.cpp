#include "io/watchdog.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "io/cleanup.hpp"
#include "support/catch.hpp"
#include "support/scratch_folder.hpp"

using namespace std::chrono_literals;
using snapq::io::Allowance;
using snapq::io::RegisteredTemporary;
using snapq::io::WatchedWork;
using snapq::io::WorkClock;
using snapq::tests::ScratchFolder;
using snapq::tests::write_file;

namespace {

constexpr auto k_ticks = 300ms;  // several looks of the timer thread

Allowance allowance(std::chrono::milliseconds time) {
    return {.time = time, .message = "too long", .exit_code = 3};
}

// Work that notes how often it was interrupted.
struct Subject {
    std::atomic<int> interrupts = 0;
    WatchedWork work{[this] { ++interrupts; }};

    void wait_for_interrupt() const {
        while (interrupts == 0) std::this_thread::sleep_for(1ms);
    }
};

// The exit code of a child process that does `work`; 99 when it comes back. The timer thread of an earlier
// test must have ended, because a child process has no copy of it.
template <typename Work>
int exit_code_of(Work work) {
    std::this_thread::sleep_for(k_ticks);
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a call that lasts too long is interrupted", "[threads]") {
    Subject subject;
    subject.work.allow(WorkClock::wall, allowance(20ms));
    const WatchedWork::Call call(subject.work);
    const WatchedWork::Call nested(subject.work);
    subject.wait_for_interrupt();
    SUCCEED();
}

TEST_CASE("only a call is interrupted, and only with an allowance", "[threads]") {
    Subject subject;
    std::this_thread::sleep_for(k_ticks);
    subject.work.allow(WorkClock::wall, allowance(0ms));
    { const WatchedWork::Call call(subject.work); }
    std::this_thread::sleep_for(k_ticks);
    subject.work.allow(WorkClock::wall, std::nullopt);
    const WatchedWork::Call call(subject.work);
    std::this_thread::sleep_for(k_ticks);
    CHECK(subject.interrupts <= 1);  // the short call may have met the timer
}

TEST_CASE("waiting takes no processor time", "[threads]") {
    Subject subject;
    subject.work.allow(WorkClock::processor, allowance(100ms));
    const WatchedWork::Call call(subject.work);
    std::this_thread::sleep_for(k_ticks);
    CHECK(subject.interrupts == 0);
    while (subject.interrupts == 0) {
    }
    SUCCEED();
}

TEST_CASE("each thread that calls is measured by its own clock", "[threads]") {
    Subject subject;
    subject.work.allow(WorkClock::processor, allowance(100ms));
    for (int i = 0; i < 2; ++i) {
        std::jthread([&] {
            const WatchedWork::Call call(subject.work);
            while (subject.interrupts <= i) {
            }
        }).join();
    }
    CHECK(subject.interrupts >= 2);
}

TEST_CASE("a process whose call does not return ends with the allowance's code, and its temporaries go",
          "[threads]") {
    const ScratchFolder folder;
    write_file(folder / "temporary", "x");
    CHECK(exit_code_of([&] {
              WatchedWork::set_overrun_action([](const Allowance& over) {
                  snapq::io::remove_registered_temporaries();
                  ::_exit(over.message == "too long" ? over.exit_code : 98);
              });
              const RegisteredTemporary registered(AT_FDCWD, folder / "temporary");
              Subject subject;
              subject.work.allow(WorkClock::wall, allowance(10ms));
              const WatchedWork::Call call(subject.work);
              for (;;) ::pause();
          }) == 3);
    CHECK_FALSE(std::filesystem::exists(folder / "temporary"));
}

TEST_CASE("a call that returns when it is interrupted keeps the process", "[threads]") {
    CHECK(exit_code_of([] {
              WatchedWork::set_overrun_action([](const Allowance& over) { ::_exit(over.exit_code); });
              Subject subject;
              subject.work.allow(WorkClock::wall, allowance(10ms));
              {
                  const WatchedWork::Call call(subject.work);
                  subject.wait_for_interrupt();
              }
              std::this_thread::sleep_for(2500ms);  // beyond the time that a call has to return
          }) == 99);
}
