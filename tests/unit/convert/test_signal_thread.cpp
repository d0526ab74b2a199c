#include "convert/signal_thread.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "io/cleanup.hpp"
#include "support/catch.hpp"
#include "support/interrupted.hpp"
#include "support/scratch_folder.hpp"

using snapq::convert::SignalThread;
using snapq::io::CleanupHeld;
using snapq::io::RegisteredTemporary;
using snapq::tests::interrupted;
using snapq::tests::ScratchFolder;

namespace {

std::atomic<bool> g_is_handled;
std::atomic<pid_t> g_handler_thread;

// Sends this process a signal and waits until a handler has taken it.
pid_t thread_that_handles(int signal) {
    g_is_handled = false;
    ::signal(signal, [](int) {
        g_handler_thread = ::gettid();
        g_is_handled = true;
    });
    ::kill(::getpid(), signal);
    while (!g_is_handled) std::this_thread::yield();
    ::signal(signal, SIG_DFL);
    return g_handler_thread;
}

}  // namespace

TEST_CASE("Signals interrupt the thread that is there for them") {
    const pid_t self = ::gettid();
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        CHECK(thread_that_handles(signal) == self);
        {
            const SignalThread signals;
            std::atomic<pid_t> other_id{0};
            std::atomic<bool> is_done{false};
            const std::jthread other([&] {
                other_id = ::gettid();
                is_done.wait(false);
            });
            while (other_id == 0) std::this_thread::yield();
            const pid_t handler = thread_that_handles(signal);
            CHECK(handler != self);
            CHECK(handler != other_id);
            is_done = true;
            is_done.notify_all();
        }
        CHECK(thread_that_handles(signal) == self);
    }
}

TEST_CASE("A name is made to the end although that needs a lock which the main thread has") {
    const ScratchFolder dir;
    CHECK(interrupted([&] {
              const SignalThread signals;
              std::mutex lock;
              std::unique_lock ours(lock);
              std::atomic<bool> has_begun{false};
              RegisteredTemporary made;
              const std::jthread other([&] {
                  const CleanupHeld until_registered;
                  has_begun = true;
                  const std::string path = dir.file("made", "");
                  const std::lock_guard waits(lock);
                  made = RegisteredTemporary(path);
              });
              while (!has_begun) std::this_thread::yield();
              ::kill(::getpid(), SIGINT);
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              ours.unlock();
              for (;;) ::pause();
          }) == SIGINT);
    CHECK(dir.names().empty());
}
