// Starts threads, and runs the same work for many items on several of them.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
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
    } catch (const SystemError&) {  // the threads that were started do all the work
    }
}

namespace detail {

// The results that were made and not taken yet. Workers wait rather than run far ahead, so that few results
// are in memory at a time.
template <typename Result>
class OrderedResults {
public:
    OrderedResults(std::size_t count, std::size_t most_ahead) : m_count(count), m_most_ahead(most_ahead) {}

    // The next item to work on; nullopt when there is none or stop() was called.
    std::optional<std::size_t> next() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock,
                       [&] { return m_stopped || m_next >= m_count || m_next < m_taken + m_most_ahead; });
        if (m_stopped || m_next >= m_count) return std::nullopt;
        return m_next++;
    }
    void put(std::size_t item, std::exception_ptr error, std::optional<Result> result) {
        const std::lock_guard lock(m_mutex);
        m_results.emplace(item, std::pair(std::move(error), std::move(result)));
        m_changed.notify_all();
    }
    // Waits for the item. Throws what its work threw.
    Result take(std::size_t item) {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [&] { return m_results.contains(item); });
        auto [error, result] = std::move(m_results.extract(item).mapped());
        m_taken = item + 1;
        m_changed.notify_all();
        if (error) std::rethrow_exception(error);
        return *std::move(result);
    }
    void stop() {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
        m_changed.notify_all();
    }

private:
    std::size_t m_count;
    std::size_t m_most_ahead;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<std::size_t, std::pair<std::exception_ptr, std::optional<Result>>> m_results;
    std::size_t m_next = 0;
    std::size_t m_taken = 0;
    bool m_stopped = false;
};

}  // namespace detail

// `make(i)` runs on any of `threads` threads, `take(i, result)` in this one. What either throws is thrown
// here, after the work in progress has ended. For each thread, at most `ahead` results wait to be taken.
template <typename Result, typename Make, typename Take>
void in_order(std::size_t count, unsigned threads, Make&& make, Take&& take, std::size_t ahead = 4) {
    if (count < 2 || threads < 2) {
        for (std::size_t i = 0; i < count; ++i) take(i, make(i));
        return;
    }
    detail::OrderedResults<Result> results(count, threads * ahead);
    const auto work = [&](unsigned) {
        while (const auto item = results.next()) {
            try {
                results.put(*item, nullptr, make(*item));
            } catch (...) {
                results.put(*item, std::current_exception(), std::nullopt);
            }
        }
    };
    std::vector<std::jthread> workers;
    start_threads(workers, static_cast<unsigned>(std::min<std::size_t>(threads, count)), work);
    try {
        for (std::size_t i = 0; i < count; ++i) take(i, results.take(i));
    } catch (...) {
        results.stop();
        throw;
    }
}

}  // namespace snapq::convert
