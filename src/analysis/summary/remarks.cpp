// Sentences about an archive and its devices that a reader should know, and advice on how to need less
// memory. Each sentence is derived from figures of the file, and names them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/figures.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"
#include "report/archive_report.hpp"
#include "support/numbers.hpp"

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

bool has_row(archive::Database& database, const char* sql) {
    return database.prepare(sql).next();
}

// Why memory of the trace has no stack, as far as the file tells. How stacks are recorded is set for all
// devices together, so the events of all of them count.
std::string reason_without_stacks(archive::Database& database) {
    if (!has_row(database,
                 "SELECT 1 FROM stack_totals t JOIN stacks s USING(stack_id) WHERE t.origin = 'trace' AND "
                 "s.depth > 0 LIMIT 1")) {
        return has_row(database,
                       "SELECT 1 FROM blocks b JOIN stacks s USING(stack_id) WHERE s.depth > 0 LIMIT 1")
                   ? "only blocks have stacks, events have none, as with context=\"state\": record with "
                     "torch.cuda.memory._record_memory_history(context=\"all\")"
                   : "no event has one, as with context=None: record with "
                     "torch.cuda.memory._record_memory_history(context=\"all\")";
    }
    if (!has_row(database, "SELECT 1 FROM stacks WHERE kind IN ('cpp', 'mixed') LIMIT 1")) {
        return "with stacks=\"python\", threads that run no Python have none, such as those of the backward "
               "pass: record with torch.cuda.memory._record_memory_history(stacks=\"all\")";
    }
    return "other events have one, and the file does not say why these have none";
}

// Memory of the backward pass that is listed under its forward call is not missing anything.
void remark_missing_stacks(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) return;
    archive::Query row = database.prepare(
        fmt::format("SELECT sum(bytes) FROM live_stacks l LEFT JOIN stacks s USING(stack_id) WHERE {} AND "
                    "l.moment = 'peak' AND l.origin = 'trace' AND coalesce(s.depth, 0) = 0 AND "
                    "coalesce(s.site, '') NOT LIKE '[backward of]%'",
                    rows_of_device(database, "live_stacks", figures.device, "l")));
    row.bind(1, figures.device);
    const std::int64_t bytes = row.next() && !row.is_null(0) ? row.integer(0) : 0;
    const std::int64_t peak = figures.peak_requested_bytes.value_or(0);
    if (!is_share(bytes, peak, k_notable_stackless_share)) return;
    remarks.push_back(fmt::format("{} ({}) of the peak has no stack: {}", format_size(bytes),
                                  percent_of(bytes, peak), reason_without_stacks(database)));
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

namespace {

// There is neither a remark nor advice about a smaller share.
constexpr double k_notable_stranded = 0.10;

bool has_expandable_segments(archive::Database& database) {
    return database.integer(
               "SELECT 1 FROM settings WHERE (key = 'expandable_segments' AND value IN ('true', 'True', "
               "'1')) "
               "OR (key = 'PYTORCH_CUDA_ALLOC_CONF' AND value LIKE '%expandable_segments:True%') LIMIT 1") !=
           0;
}

// The stranded bytes of one pool and stream.
struct Part {
    std::optional<std::string> private_pool;
    report::MaybeInteger stream;
    bool is_expandable = false;
    std::int64_t bytes = 0;
};

// Where the stranded bytes at the peak are; most bytes first.
struct Stranded {
    std::vector<Part> parts;
    report::MaybeInteger main_stream;  // the stream that holds most of the default pool
    bool is_known = false;             // false: archives of older versions, or the layout is not known

    // The bytes that expandable segments would avoid: one segment grows in place of many, and its free pages
    // go back to the driver. Private pools keep their pages, and other streams have their own segments.
    [[nodiscard]] std::int64_t avoidable_bytes() const {
        std::int64_t bytes = 0;
        for (const Part& part : parts) {
            if (is_avoidable(part)) bytes = saturating_add(bytes, part.bytes);
        }
        return bytes;
    }
    [[nodiscard]] bool is_avoidable(const Part& part) const {
        return !part.private_pool && !part.is_expandable && part.stream == main_stream;
    }
};

constexpr const char* k_private_pool = "CASE WHEN pool_id <> '0,0' THEN abbreviate(pool_id) END";

Stranded read_stranded(archive::Database& database, std::int64_t device) {
    Stranded stranded;
    archive::Query rows = database.prepare(fmt::format(
        "SELECT {}, stream, is_expandable, sum(stranded_bytes), sum(requested_bytes) FROM pool_fragmentation "
        "WHERE {} AND moment = 'peak' GROUP BY 1, 2, 3 ORDER BY 4 DESC",
        k_private_pool, rows_of_device(database, "pool_fragmentation", device)));
    rows.bind(1, device);
    std::int64_t most_requested = -1;
    while (rows.next()) {
        stranded.is_known = true;
        Part part{maybe_text(rows, 0), rows.maybe_integer(1), rows.integer(2) != 0, rows.integer(3)};
        if (!part.private_pool && rows.integer(4) > most_requested) {
            most_requested = rows.integer(4);
            stranded.main_stream = part.stream;
        }
        if (part.bytes > 0) stranded.parts.push_back(std::move(part));
    }
    return stranded;
}

// Why settings do not help against the largest part.
std::string reason_of(archive::Database& database, std::int64_t device, const Part& part) {
    const std::string bytes = format_size(part.bytes);
    if (part.private_pool) return fmt::format("{} of it in private pool {}", bytes, *part.private_pool);
    if (part.is_expandable) return fmt::format("{} of it in expandable segments already", bytes);
    if (!part.stream) return fmt::format("{} of it of an unknown stream", bytes);
    return fmt::format("{} of it kept for {}", bytes, StreamNames(database, device).name_of(*part.stream));
}

std::string advice(archive::Database& database, std::int64_t device, std::int64_t reserved) {
    const Stranded stranded = read_stranded(database, device);
    if (!stranded.is_known || stranded.parts.empty()) return {};
    if (has_expandable_segments(database)) return " (expandable_segments:True is set already)";
    const std::int64_t avoidable = stranded.avoidable_bytes();
    if (!is_share(avoidable, reserved, k_notable_stranded))
        return fmt::format(" ({})", reason_of(database, device, stranded.parts.front()));
    if (stranded.parts.size() == 1) return " (expandable_segments:True may help)";
    return fmt::format(" (expandable_segments:True may help with {} of it)", format_size(avoidable));
}

}  // namespace

std::optional<std::string> stranded_remark(archive::Database& database,
                                           const report::DeviceFigures& figures) {
    const auto at_peak = fragmentation_at(database, figures.device, "peak");
    if (!at_peak || !at_peak->stranded_bytes || !at_peak->reserved_bytes) return std::nullopt;
    const std::int64_t stranded = *at_peak->stranded_bytes;
    const std::int64_t reserved = *at_peak->reserved_bytes;
    if (!is_share(stranded, reserved, k_notable_stranded)) return std::nullopt;
    return fmt::format(
        "fragmentation: {} % of the reserved bytes at the {} are free but stranded in segments that are in "
        "use{}",
        std::lround(100.0 * static_cast<double>(stranded) / static_cast<double>(reserved)),
        figures.has_trace ? "peak" : "dump", advice(database, figures.device, reserved));
}

namespace {

using Advice = std::optional<std::string>;

constexpr std::size_t k_most_advice = 3;
// There is no advice about a smaller share of the peak.
constexpr double k_notable_share = 0.10;

// Only for bytes that is_notable() accepts: the peak is not 0 then.
std::string share_of_peak(std::int64_t bytes, const DeviceFigures& figures) {
    return fmt::format("{} ({} of the peak)", format_size(bytes),
                       percent_of(bytes, figures.peak_requested_bytes.value_or(0)));
}

bool is_notable(std::int64_t bytes, const DeviceFigures& figures) {
    return is_share(bytes, figures.peak_requested_bytes.value_or(0), k_notable_share);
}

// Another stream may still use memory that was freed if the program said so with record_stream.
Advice shorten_waits(archive::Database& database, const DeviceFigures& figures) {
    const auto pending = pending_at(database, figures.device, "peak");
    if (!pending || !is_notable(pending->bytes, figures)) return std::nullopt;
    return fmt::format(
        "{} was freed but waits for another stream, as after tensor.record_stream(): keep the tensor "
        "until that stream is done (wait_stream or an event) in place of the call, then its memory is "
        "free at once",
        share_of_peak(pending->bytes, figures));
}

// Memory of a private pool is not given to anything outside of it.
Advice share_pools(archive::Database& database, const DeviceFigures& figures) {
    archive::Query row = database.prepare(
        fmt::format("SELECT count(DISTINCT pool_id), sum(peak_bytes) FROM stream_totals WHERE {} AND "
                    "pool_id <> '0,0' AND peak_bytes > 0",
                    rows_of_device(database, "stream_totals", figures.device)));
    row.bind(1, figures.device);
    if (!row.next() || row.is_null(1) || !is_notable(row.integer(1), figures)) return std::nullopt;
    const std::int64_t pools = row.integer(0);
    return fmt::format(
        "{} is in {}, which nothing else can use: capture fewer CUDA graphs, or let them share "
        "a pool (torch.cuda.graph(…, pool=…))",
        share_of_peak(row.integer(1), figures),
        pools == 1 ? std::string("a private pool") : fmt::format("{} private pools", format_count(pools)));
}

// In the order of the sentences.
constexpr std::array k_rules{shorten_waits, share_pools};

}  // namespace

std::vector<UntrustedText> device_advice(archive::Database& database, const DeviceFigures& figures) {
    std::vector<UntrustedText> advice;
    for (const auto& rule : k_rules) {
        if (advice.size() == k_most_advice) break;
        if (Advice sentence = rule(database, figures)) advice.emplace_back(*std::move(sentence));
    }
    return advice;
}

}  // namespace snapq::analysis
