#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "convert/converter.hpp"
#include "convert/start_threads.hpp"

namespace snapq::convert {
namespace {

BatchResult run_item(const BatchItem& item, const Progress& progress) {
    BatchResult result;
    try {
        if (item.name_part) {
            convert_parts(
                item.input, item.name_part, item.options,
                [&](const report::ConvertReport& report) { result.reports.push_back(report); }, progress);
        } else {
            result.reports.push_back(convert_file(item.input, item.output, item.options, progress));
        }
    } catch (...) {
        result.error = std::current_exception();
    }
    return result;
}

}  // namespace

unsigned default_threads() {
    constexpr unsigned k_enough = 4;
    return std::clamp(std::thread::hardware_concurrency(), 1U, k_enough);
}

void convert_batch(const std::vector<BatchItem>& items, unsigned jobs,
                   const std::function<void(const BatchItem&, const BatchResult&)>& on_done,
                   const Progress& progress) {
    if (items.size() == 1 || jobs <= 1) {
        for (const BatchItem& item : items) on_done(item, run_item(item, progress));
        return;
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::optional<BatchResult>> results(items.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&](unsigned) {
        for (std::size_t i = next++; i < items.size(); i = next++) {
            BatchResult result = run_item(items[i], progress);
            const std::lock_guard lock(mutex);
            results[i] = std::move(result);
            changed.notify_all();
        }
    };
    std::vector<std::jthread> workers;
    start_threads(workers, static_cast<unsigned>(std::min<std::size_t>(jobs, items.size())), work);
    for (std::size_t i = 0; i < items.size(); ++i) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return results[i].has_value(); });
        const BatchResult result = std::move(*results[i]);
        lock.unlock();
        on_done(items[i], result);
    }
}

}  // namespace snapq::convert
