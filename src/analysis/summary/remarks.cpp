#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/figures.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "report/anomalies.hpp"
#include "support/sizes.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;
using Remarks = std::vector<UntrustedText>;

// There is no remark about a smaller share.
constexpr double k_notable_older_share = 0.25;
constexpr double k_notable_stackless_share = 0.10;
constexpr double k_notable_leak_share = 0.01;
constexpr double k_notable_growth_share = 0.10;
// A trace ends at its peak if the end has at least this share of it.
constexpr double k_end_at_peak_share = 0.95;

void remark_recording(const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) {
        remarks.emplace_back(
            "no trace, only the state at the dump: record with torch.cuda.memory._record_memory_history()");
    } else if (!figures.complete) {
        remarks.push_back(fmt::format(
            "the ring buffer wrapped, or events are missing: the peak is a lower bound (record with a "
            "max_entries above {})",
            format_count(figures.event_count.value_or(0))));
    }
}

void remark_older_memory(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) return;
    archive::Query row = database.prepare(fmt::format(
        "SELECT sum(bytes), sum(CASE WHEN s.depth > 0 THEN 0 ELSE bytes END) FROM live_stacks l "
        "LEFT JOIN stacks s USING(stack_id) WHERE {} AND l.moment = 'peak' AND l.origin <> 'trace'",
        rows_of_device(database, "live_stacks", figures.device, "l")));
    row.bind(1, figures.device);
    const std::int64_t older = row.next() ? row.integer(0) : 0;
    const std::int64_t peak = figures.peak_requested_bytes.value_or(0);
    if (is_share(older, peak, k_notable_older_share)) {
        const bool has_no_stack = is_share(row.integer(1), older, k_notable_older_share);
        const char* advice =
            has_no_stack ? " (start it before the model is built to see where this memory comes from)" : "";
        remarks.push_back(
            figures.complete
                ? fmt::format("{} ({}) of the peak was allocated before recording{}", format_size(older),
                              percent_of(older, peak), advice)
                : fmt::format("{} ({}) of the peak was allocated before the first event of the trace",
                              format_size(older), percent_of(older, peak)));
    }
    archive::Query freed = database.prepare(fmt::format(
        "SELECT sum(t.allocations), sum(t.total_bytes) FROM stack_totals t JOIN stacks s USING(stack_id) "
        "WHERE {} AND t.origin = 'preexisting_freed' AND s.depth > 0",
        rows_of_device(database, "stack_totals", figures.device, "t")));
    freed.bind(1, figures.device);
    if (!freed.next() || freed.integer(0) == 0) return;
    const bool one = freed.integer(0) == 1;
    remarks.push_back(
        fmt::format("{} {} from before recording ({}) {} freed in it; {} listed under the line that freed {}",
                    format_count(freed.integer(0)), one ? "block" : "blocks", format_size(freed.integer(1)),
                    one ? "was" : "were", one ? "it is" : "they are", one ? "it" : "them"));
}

bool has_row(archive::Database& database, const std::string& sql, std::int64_t device) {
    archive::Query row = database.prepare(sql);
    if (row.parameter_count() > 0) row.bind(1, device);
    return row.next();
}

// Why memory of the trace has no stack, as far as the file tells.
std::string reason_without_stacks(archive::Database& database, const DeviceFigures& figures) {
    if (!has_row(
            database,
            fmt::format("SELECT 1 FROM stack_totals t JOIN stacks s USING(stack_id) WHERE {} AND t.origin "
                        "= 'trace' AND s.depth > 0 LIMIT 1",
                        rows_of_device(database, "stack_totals", figures.device, "t")),
            figures.device)) {
        return has_row(database,
                       "SELECT 1 FROM blocks b JOIN stacks s USING(stack_id) WHERE s.depth > 0 LIMIT 1",
                       figures.device)
                   ? "only blocks have stacks, events have none, as with context=\"state\": record with "
                     "torch.cuda.memory._record_memory_history(context=\"all\")"
                   : "no event has one, as with context=None: record with "
                     "torch.cuda.memory._record_memory_history(context=\"all\")";
    }
    if (!has_row(database, "SELECT 1 FROM stacks WHERE kind IN ('cpp', 'mixed') LIMIT 1", figures.device)) {
        return "with stacks=\"python\", threads that run no Python have none, such as those of the backward "
               "pass: record with torch.cuda.memory._record_memory_history(stacks=\"all\")";
    }
    return "other events have one, and the file does not say why these have none";
}

void remark_missing_stacks(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) return;
    archive::Query row = database.prepare(
        fmt::format("SELECT sum(bytes) FROM live_stacks l LEFT JOIN stacks s USING(stack_id) WHERE {} AND "
                    "l.moment = 'peak' AND l.origin = 'trace' AND coalesce(s.depth, 0) = 0",
                    rows_of_device(database, "live_stacks", figures.device, "l")));
    row.bind(1, figures.device);
    const std::int64_t bytes = row.next() && !row.is_null(0) ? row.integer(0) : 0;
    const std::int64_t peak = figures.peak_requested_bytes.value_or(0);
    if (!is_share(bytes, peak, k_notable_stackless_share)) return;
    remarks.push_back(fmt::format("{} ({}) of the peak has no stack: {}", format_size(bytes),
                                  percent_of(bytes, peak), reason_without_stacks(database, figures)));
}

// Names possible leaks. If there are none but the bytes grow until the end, the recording may end inside a
// step.
void remark_growth(const DeviceFigures& figures, const std::vector<report::LeakSuspect>& leaks,
                   Remarks& remarks) {
    constexpr std::size_t k_most_named = 2;
    const std::int64_t peak = figures.peak_requested_bytes.value_or(0);
    for (std::size_t i = 0; i < std::min(leaks.size(), k_most_named); ++i) {
        const report::LeakSuspect& leak = leaks[i];
        if (!is_share(leak.bytes, peak, k_notable_leak_share)) return;
        remarks.push_back(fmt::format(
            "possible leak: {} left {} a step in {} steps ({} in {} allocations, first at event {}, last at "
            "event {})",
            leak.label.raw(), format_size(leak.bytes_per_step()), format_count(leak.steps),
            format_size(leak.bytes), format_count(leak.count), format_count(leak.first_event),
            format_count(leak.last_event)));
    }
    const std::int64_t growth = figures.growth_bytes().value_or(0);
    const std::int64_t end = figures.end_requested_bytes.value_or(0);
    if (leaks.empty() && growth > 0 && is_share(growth, peak, k_notable_growth_share) &&
        is_share(end, peak, k_end_at_peak_share)) {
        remarks.push_back(
            fmt::format("the requested bytes grow by {} until the end of the recording: it may end "
                        "before the memory is freed",
                        format_size(growth)));
    }
}

void remark_reserved(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    if (std::optional<std::string> stranded = stranded_remark(database, figures))
        remarks.push_back(*std::move(stranded));
    if (figures.pending_bytes.value_or(0) > 0) {
        remarks.push_back(
            fmt::format("{} were already freed by the program at the end, but still in use by another stream",
                        format_size(*figures.pending_bytes)));
    }
}

}  // namespace

Remarks device_remarks(archive::Database& database, const DeviceFigures& figures,
                       const std::vector<report::LeakSuspect>& leaks) {
    Remarks remarks;
    remark_recording(figures, remarks);
    remark_older_memory(database, figures, remarks);
    remark_missing_stacks(database, figures, remarks);
    remark_growth(figures, leaks, remarks);
    remark_reserved(database, figures, remarks);
    for (const report::Anomaly& anomaly : figures.anomalies) {
        remarks.push_back(report::anomaly_text(anomaly.kind.raw(), anomaly.count));
    }
    return remarks;
}

Remarks archive_remarks(const report::ArchiveSummary& summary) {
    Remarks remarks;
    if (summary.preexisting_freed) {
        remarks.emplace_back(
            "converted with --preexisting freed: memory from before the recording that was never freed is "
            "left out");
    }
    for (const report::Anomaly& anomaly : summary.anomalies)
        remarks.push_back(report::anomaly_text(anomaly.kind.raw(), anomaly.count));
    if (summary.cpu_device) {
        remarks.push_back(
            fmt::format("profile_plot made this file from a run of torch.profiler: it has the sizes of "
                        "tensors, not what the "
                        "allocator reserved; {} is the CPU",
                        device_label(*summary.cpu_device)));
        return remarks;
    }
    remarks.emplace_back("memory outside PyTorch's allocator (CUDA context, NCCL) is not in this file");
    return remarks;
}

}  // namespace snapq::analysis
