// Threads, or a clear word that the system has none left.
#pragma once

#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/error.hpp"

namespace snapq::convert {

// Throws SystemError when the system refuses.
template <typename Work>
std::jthread start_thread(Work&& work) {
    try {
        return std::jthread(std::forward<Work>(work));
    } catch (const std::system_error& error) {
        throw SystemError("cannot start a thread", error.code().value());
    }
}

// Adds threads that run work(0), work(1), …: `count` of them (at least 1) or as many as the system has, for
// work that they share. Throws SystemError when there can be none; only then is nothing started.
template <typename Work>
void start_threads(std::vector<std::jthread>& threads, unsigned count, const Work& work) {
    threads.reserve(count);
    threads.push_back(start_thread([work] { work(0U); }));
    try {
        for (unsigned i = 1; i < count; ++i) threads.push_back(start_thread([work, i] { work(i); }));
    } catch (const SystemError&) {  // those that run do it all
    }
}

}  // namespace snapq::convert
