#include "analysis/summary/remarks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "analysis/figures.hpp"
#include "analysis/keys.hpp"
#include "analysis/row_access.hpp"
#include "support/sizes.hpp"

namespace snapq::analysis {
namespace {

using report::DeviceFigures;
using Remarks = std::vector<std::string>;

// Below these shares a remark would only distract.
constexpr double k_notable_older_share = 0.25;
constexpr double k_notable_stranded_share = 0.10;
constexpr double k_notable_leak_share = 0.01;
// A leak allocates all the time; what one step replaces by the next is young.
constexpr std::int64_t k_tenths_of_a_leak = 8;

constexpr std::array k_anomaly_words{
    std::pair{std::string_view("unmatched_free"),
              std::string_view("frees that fit nothing live, such as a second free of the same memory")},
    std::pair{
        std::string_view("alloc_over_live"),
        std::string_view("allocations at an address that was still in use: a free is missing before each")},
    std::pair{std::string_view("missing_completion"),
              std::string_view("frees that were asked for but never seen to complete")},
    std::pair{std::string_view("live_not_in_blocks"),
              std::string_view(
                  "allocations without a free that are not among the final blocks: their frees are missing")},
    std::pair{std::string_view("block_without_alloc"),
              std::string_view("blocks at the end whose allocation is not in the trace")},
    std::pair{std::string_view("negative_reserved_start"),
              std::string_view(
                  "proof that segment events are missing: reserved bytes would have begun below zero")},
    std::pair{std::string_view("unknown_action"),
              std::string_view("events of a kind this version does not know")},
    std::pair{
        std::string_view("invalid_text"),
        std::string_view(
            "texts that are no UTF-8, shown with U+FFFD, or longer than 1 MiB, of which the start is kept")},
    std::pair{std::string_view("dropped_extra"), std::string_view("unknown values too large to keep")},
};

std::string percent(std::int64_t part, std::int64_t whole) {
    return fmt::format("{} %", std::lround(100.0 * static_cast<double>(part) / static_cast<double>(whole)));
}

bool is_share(std::int64_t part, std::int64_t whole, double least) {
    return whole > 0 && static_cast<double>(part) >= least * static_cast<double>(whole);
}

std::string anomaly_words(const report::Anomaly& anomaly) {
    for (const auto& [kind, words] : k_anomaly_words) {
        if (kind == anomaly.kind) return fmt::format("{} {}", format_count(anomaly.count), words);
    }
    return fmt::format("{} anomalies of kind {}", format_count(anomaly.count), anomaly.kind);
}

void remark_recording(const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) {
        remarks.emplace_back(
            "no trace: state at the dump only; record with torch.cuda.memory._record_memory_history()");
    } else if (!figures.complete) {
        remarks.emplace_back("the ring wrapped or events are missing: the peak is a lower bound");
    }
}

void remark_older_memory(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    if (!figures.has_trace) return;
    archive::Query row = database.prepare(
        "SELECT sum(bytes), sum(CASE WHEN s.depth > 0 THEN 0 ELSE bytes END) FROM live_stacks l "
        "LEFT JOIN stacks s USING(stack_id) WHERE l.device = ?1 AND l.moment = 'peak' AND l.origin <> "
        "'trace'");
    row.bind(1, figures.device);
    const std::int64_t older = row.next() ? row.integer(0) : 0;
    const std::int64_t peak = figures.peak_requested_bytes.value_or(0);
    if (is_share(older, peak, k_notable_older_share)) {
        const bool is_nameless = is_share(row.integer(1), older, k_notable_older_share);
        const char* advice =
            is_nameless ? " (begin before the model is built to see where that came from)" : "";
        remarks.push_back(
            figures.complete
                ? fmt::format("recording began late: {} of the peak is older{}", percent(older, peak), advice)
                : fmt::format("{} of the peak is older than the first event that is left",
                              percent(older, peak)));
    }
    archive::Query freed = database.prepare(
        "SELECT sum(allocations), sum(total_bytes) FROM stack_totals WHERE device = ?1 AND origin = "
        "'preexisting_freed'");
    freed.bind(1, figures.device);
    if (!freed.next() || freed.integer(0) == 0) return;
    remarks.push_back(fmt::format(
        "{} {} of memory allocated before recording ({}): it is listed under the site that freed it",
        format_count(freed.integer(0)), freed.integer(0) == 1 ? "free" : "frees",
        format_size(freed.integer(1))));
}

void remark_leak(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    const std::int64_t growth = figures.growth_bytes().value_or(0);
    if (!is_share(growth, figures.peak_requested_bytes.value_or(0), k_notable_leak_share) || growth <= 0)
        return;
    archive::Query rows = database.prepare(
        "SELECT stack_id, end_bytes, end_count FROM stack_totals WHERE device = ?1 AND origin = 'trace' "
        "AND (SELECT count(*) FROM json_each(unfreed_tenths) WHERE value > 0) >= ?2 ORDER BY end_bytes DESC "
        "LIMIT 1");
    rows.bind(1, figures.device);
    rows.bind(2, k_tenths_of_a_leak);
    if (!rows.next() || !is_share(rows.integer(1), growth, k_notable_stranded_share)) return;
    StackKeys keys(database, KeyKind::site);
    remarks.push_back(
        fmt::format("growing: {} left {} allocations ({}) unfreed, spread over the whole trace: a leak, or a "
                    "step that the dump cut short",
                    keys.key_of(maybe_integer(rows, 0), false).label, format_count(rows.integer(2)),
                    format_size(rows.integer(1))));
}

void remark_reserved(archive::Database& database, const DeviceFigures& figures, Remarks& remarks) {
    const auto at_peak = fragmentation_at(database, figures.device, "peak");
    if (at_peak && at_peak->stranded_bytes && at_peak->reserved_bytes &&
        is_share(*at_peak->stranded_bytes, *at_peak->reserved_bytes, k_notable_stranded_share)) {
        remarks.push_back(
            fmt::format("fragmentation: {} of the reserved bytes at the {} are free but stranded inside "
                        "occupied segments (expandable_segments:True may help)",
                        percent(*at_peak->stranded_bytes, *at_peak->reserved_bytes),
                        figures.has_trace ? "peak" : "dump"));
    }
    if (figures.pending_bytes.value_or(0) > 0) {
        remarks.push_back(
            fmt::format("{} were freed by the program at the end, but another stream still used them",
                        format_size(*figures.pending_bytes)));
    }
}

}  // namespace

Remarks device_remarks(archive::Database& database, const DeviceFigures& figures) {
    Remarks remarks;
    remark_recording(figures, remarks);
    remark_older_memory(database, figures, remarks);
    remark_leak(database, figures, remarks);
    remark_reserved(database, figures, remarks);
    for (const report::Anomaly& anomaly : figures.anomalies) {
        remarks.push_back(anomaly_words(anomaly));
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
    for (const report::Anomaly& anomaly : summary.anomalies) remarks.push_back(anomaly_words(anomaly));
    remarks.emplace_back("memory outside PyTorch's allocator (context, NCCL) is not in this file");
    return remarks;
}

}  // namespace snapq::analysis
