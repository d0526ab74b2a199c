#include "convert/signal_thread.hpp"

#include <pthread.h>

#include "convert/start_threads.hpp"

namespace snapq::convert {

SignalThread::SignalThread() : m_thread(start_thread([this] { m_stop.acquire(); })) {
    sigset_t ours{};
    sigemptyset(&ours);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&ours, signal);
    ::pthread_sigmask(SIG_BLOCK, &ours, &m_before);
}

SignalThread::~SignalThread() {
    m_stop.release();
    m_thread.join();
    ::pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
}

}  // namespace snapq::convert
