// A thread for signals to interrupt.
#pragma once

#include <csignal>
#include <semaphore>
#include <thread>

namespace snapq::convert {

// While it lives, handlers of SIGINT, SIGTERM and SIGHUP run in a thread that does nothing else, and neither
// in the thread that made this nor in those started by it meanwhile. A handler that calls
// unlink_registered_temporaries() waits for other threads. Had it interrupted one that holds a lock, malloc's
// for instance, they might wait for that one. Throws SystemError when there can be no further thread.
class SignalThread {
public:
    SignalThread();
    SignalThread(const SignalThread&) = delete;
    SignalThread& operator=(const SignalThread&) = delete;
    // Signals go where they went before.
    ~SignalThread();

private:
    std::binary_semaphore m_stop{0};
    std::jthread m_thread;  // started while signals still come: it takes them
    sigset_t m_before{};
};

}  // namespace snapq::convert
