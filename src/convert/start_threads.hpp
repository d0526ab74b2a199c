// Starts threads and converts the errors of the standard library to SystemErrors.
#pragma once

#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/error.hpp"

namespace snapq::convert {

// Throws SystemError when the system cannot start another thread.
template <typename Work>
std::jthread start_thread(Work&& work) {
    try {
        return std::jthread(std::forward<Work>(work));
    } catch (const std::system_error& error) {
        throw SystemError("cannot start a thread", error.code().value());
    }
}

// Starts threads that run work(0), work(1), … and share the work. Starts `count` threads (at least 1), or as
// many as the system can start. Throws SystemError when it cannot start any.
template <typename Work>
void start_threads(std::vector<std::jthread>& threads, unsigned count, const Work& work) {
    threads.reserve(count);
    threads.push_back(start_thread([work] { work(0U); }));
    try {
        for (unsigned i = 1; i < count; ++i) threads.push_back(start_thread([work, i] { work(i); }));
    } catch (const SystemError&) {  // the threads that run do all the work
    }
}

}  // namespace snapq::convert
