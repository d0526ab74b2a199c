#include "io/signal_thread.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "io/cleanup.hpp"
#include "support/catch.hpp"
#include "support/interrupted.hpp"
#include "support/scratch_folder.hpp"

using snapq::io::CleanupHeld;
using snapq::io::RegisteredTemporary;
using snapq::tests::die_of_interrupt;
using snapq::tests::interrupted;
using snapq::tests::ScratchFolder;
using snapq::tests::send_interrupt;

TEST_CASE("Signals are handled by the signal thread", "[threads]") {
    CHECK(interrupted([] {
              const pid_t self = ::gettid();
              std::atomic<pid_t> handler{0};
              snapq::io::set_interrupt_action([&] { handler = ::gettid(); });
              std::atomic<pid_t> other_id{0};
              std::jthread([&] {
                  other_id = ::gettid();
                  send_interrupt();
                  while (handler == 0) std::this_thread::yield();
              }).join();
              if (handler == self || handler == other_id) ::_exit(1);
              snapq::io::set_interrupt_action({});
              die_of_interrupt();
          }) == SIGINT);
}

TEST_CASE("A process dies of the signal it received, after its temporaries are removed", "[threads]") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        const ScratchFolder dir;
        const std::string path = dir.file("temporary", "");
        CHECK(interrupted([&] {
                  const RegisteredTemporary temporary(AT_FDCWD, path);
                  die_of_interrupt(signal);
              }) == signal);
        CHECK(dir.names().empty());
    }
}

TEST_CASE("A write to a closed pipe ends the process after its temporaries are removed", "[threads]") {
    const ScratchFolder dir;
    const std::string path = dir.file("temporary", "");
    CHECK(interrupted([&] {
              const RegisteredTemporary temporary(AT_FDCWD, path);
              std::array<int, 2> ends{};
              if (::pipe(ends.data()) != 0) ::_exit(1);
              ::close(ends[0]);
              std::jthread([&] { static_cast<void>(!::write(ends[1], "x", 1)); }).join();
          }) == SIGPIPE);
    CHECK(dir.names().empty());
}

TEST_CASE("Signals that were ignored stay ignored", "[threads]") {
    ::signal(SIGHUP, SIG_IGN);
    CHECK(interrupted([] { ::kill(::getpid(), SIGHUP); }) == 0);
    ::signal(SIGHUP, SIG_DFL);
}

TEST_CASE("A name is created completely although that needs a lock that the main thread holds", "[threads]") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              std::mutex lock;
              std::unique_lock ours(lock);
              std::atomic<bool> has_begun{false};
              RegisteredTemporary made;
              const std::jthread other([&] {
                  const CleanupHeld until_registered;
                  has_begun = true;
                  const std::string path = dir.file("made", "");
                  const std::lock_guard waits(lock);
                  made = RegisteredTemporary(AT_FDCWD, path);
              });
              while (!has_begun) std::this_thread::yield();
              send_interrupt();
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              ours.unlock();
              for (;;) ::pause();
          }) == SIGINT);
    CHECK(dir.names().empty());
}
