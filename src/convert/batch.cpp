#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

#include "convert/converter.hpp"
#include "convert/in_order.hpp"

namespace snapq::convert {
namespace {

report::ConvertReport kept_report(const BatchItem& item) {
    report::ConvertReport report;
    report.input = item.input;
    report.output = item.output;
    report.kept = true;
    return report;
}

BatchResult run_item(const BatchItem& item, const Progress& progress) {
    BatchResult result;
    try {
        if (item.name_part) {
            convert_parts(
                item.input, item.name_part, item.options,
                [&](const report::ConvertReport& report) { result.reports.push_back(report); }, progress);
        } else if (item.keeps_output && item.keeps_output()) {
            result.reports.push_back(kept_report(item));
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
    // Results are small, so all may wait behind one large file.
    in_order<BatchResult>(
        items.size(), jobs, [&](std::size_t i) { return run_item(items[i], progress); },
        [&](std::size_t i, const BatchResult& result) { on_done(items[i], result); }, items.size());
}

}  // namespace snapq::convert
