#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/cleanup.hpp"
#include "io/output_directory.hpp"
#include "io/output_file.hpp"
#include "support/catch.hpp"
#include "support/input_fixtures.hpp"
#include "support/interrupted.hpp"
#include "support/scratch_folder.hpp"

using namespace snapq::io;
using namespace snapq::input::fixtures;
using snapq::tests::die_of_interrupt;
using snapq::tests::interrupted;
using snapq::tests::send_interrupt;
namespace fs = std::filesystem;

TEST_CASE("A signal removes what is registered and nothing else", "[threads]") {
    const ScratchFolder dir;
    const std::string registered = dir.file("registered", "");
    const std::string released = dir.file("released", "");
    fs::create_directory(dir / "directory");
    const std::string inside = dir.file("directory/inside", "");
    CHECK(interrupted([&] {
              const RegisteredTemporary directory(AT_FDCWD, dir / "directory",
                                                  RegisteredTemporary::Type::directory);
              RegisteredTemporary first(AT_FDCWD, registered);
              const RegisteredTemporary moved = std::move(first);
              const RegisteredTemporary file(AT_FDCWD, inside);
              RegisteredTemporary(AT_FDCWD, released).release();
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names() == std::vector<std::string>{"released"});
}

TEST_CASE("A signal between the creation of a name and its registration waits", "[threads]") {
    const ScratchFolder dir;
    const auto make_one = [&] {
        const CleanupHeld until_registered;
        const std::string made = dir.file("made", "");
        send_interrupt();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        RegisteredTemporary registration(AT_FDCWD, made);
        return registration;
    };
    CHECK(interrupted([&] {
              const RegisteredTemporary made = make_one();
              for (;;) ::pause();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

TEST_CASE("A signal waits for the names that other threads are creating, and no more are created",
          "[threads]") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              std::atomic<bool> has_begun{false};
              const std::jthread other([&] {
                  std::vector<RegisteredTemporary> made;
                  for (int i = 0; i < 100; ++i) {
                      const CleanupHeld until_registered;
                      has_begun = true;
                      const std::string path = dir.file("made" + std::to_string(i), "");
                      std::this_thread::sleep_for(std::chrono::milliseconds(20));
                      made.emplace_back(AT_FDCWD, path);
                  }
              });
              while (!has_begun) std::this_thread::yield();
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

TEST_CASE("Nothing is published once the removal has begun", "[threads]") {
    const ScratchFolder dir;
    const auto publishes = [&](auto& output) {
        return interrupted([&] {
                   remove_registered_temporaries();
                   const std::jthread other([&] {
                       output.commit();
                       ::_exit(1);
                   });
                   std::this_thread::sleep_for(std::chrono::milliseconds(50));
                   die_of_interrupt();
               }) != SIGINT;
    };
    for (const TemporaryStyle style : {TemporaryStyle::named, TemporaryStyle::automatic}) {
        OutputFile file(dir / "a.zip", false, style);
        CHECK_FALSE(publishes(file));
    }
    OutputDirectory directory(dir / "out", false, OwnDirectory{});
    const Fd fd = directory.create("manifest.json");
    CHECK_FALSE(publishes(directory));
    CHECK_FALSE(fs::exists(dir / "a.zip"));
    CHECK_FALSE(fs::exists(dir / "out"));
}

TEST_CASE("A path may be registered before it exists, and is removed once it exists", "[threads]") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              const RegisteredTemporary never_made(AT_FDCWD, dir / "never");
              const RegisteredTemporary directory(AT_FDCWD, dir / "directory",
                                                  RegisteredTemporary::Type::directory);
              const RegisteredTemporary file(AT_FDCWD, dir / "directory/file");
              fs::create_directory(dir / "directory");
              static_cast<void>(dir.file("directory/file", ""));
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

TEST_CASE("Interrupted outputs leave nothing", "[threads]") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              OutputFile file(dir / "a.zip", false, TemporaryStyle::named);
              OutputDirectory directory(dir / "out", false, OwnDirectory{});
              const Fd fd = directory.create("manifest.json");
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

TEST_CASE("Published outputs survive a later interrupt", "[threads]") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              OutputFile file(dir / "a.zip", false, TemporaryStyle::named);
              file.commit();
              OutputFile replaced(dir / "a.zip", true);
              replaced.commit();
              OutputDirectory directory(dir / "out", false, OwnDirectory{});
              const Fd fd = directory.create("manifest.json");
              directory.commit();
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names() == std::vector<std::string>{"a.zip", "out"});
    CHECK(fs::exists(dir / "out/manifest.json"));
}

TEST_CASE("A path that is too long for the system does no harm", "[threads]") {
    const ScratchFolder dir;
    const std::string path = dir.file("later", "");
    CHECK(interrupted([&] {
              const RegisteredTemporary too_long(AT_FDCWD, std::string(5000, 'x'));
              const RegisteredTemporary later(AT_FDCWD, path);
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

TEST_CASE("Any number of temporaries is removed, no matter which threads created them", "[threads]") {
    const ScratchFolder dir;
    constexpr std::size_t k_each = 300;
    CHECK(interrupted([&] {
              std::array<std::vector<RegisteredTemporary>, 4> made;
              const auto make = [&](std::size_t maker) {
                  for (std::size_t i = 0; i < k_each; ++i) {
                      const CleanupHeld until_registered;
                      made[maker].emplace_back(AT_FDCWD, dir.file(std::to_string((maker * k_each) + i), ""));
                      if (i % 3 == 0) made[maker].emplace_back(AT_FDCWD, dir / "released").release();
                  }
              };
              {
                  std::array<std::jthread, 4> threads;
                  for (std::size_t i = 0; i < threads.size(); ++i) threads[i] = std::jthread(make, i);
              }
              die_of_interrupt();
          }) == SIGINT);
    CHECK(dir.names().empty());
}

using snapq::io::CleanupHeld;
using snapq::io::RegisteredTemporary;
using snapq::tests::ScratchFolder;

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
