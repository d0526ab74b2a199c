#include <fmt/format.h>

#include "analysis/row_access.hpp"
#include "analysis/summary/sections.hpp"

namespace snapq::analysis {
namespace {

using report::StepCost;

constexpr const char* k_columns =
    "step, start_event, end_event, start_bytes, peak_bytes, peak_event, end_bytes, allocated_bytes";

// The first step that `end` of the query selects.
StepCost step_where(archive::Database& database, std::int64_t device, const std::string& end) {
    archive::Query row =
        database.prepare(fmt::format("SELECT {} FROM steps WHERE device = ?1 {}", k_columns, end));
    row.bind(1, device);
    StepCost step;
    if (!row.next()) return step;
    step.step = row.integer(0);
    step.start_event = row.integer(1);
    step.end_event = row.integer(2);
    step.start_bytes = row.integer(3);
    step.peak_bytes = row.integer(4);
    step.peak_event = row.integer(5);
    step.end_bytes = row.integer(6);
    step.allocated_bytes = row.integer(7);
    return step;
}

}  // namespace

std::optional<report::StepSummary> step_summary(archive::Database& database, std::int64_t device) {
    if (!database.has_table("steps")) return std::nullopt;
    archive::Query counted = database.prepare("SELECT count(*) FROM steps WHERE device = ?1");
    counted.bind(1, device);
    if (!counted.next() || counted.integer(0) == 0) return std::nullopt;
    report::StepSummary summary;
    summary.basis = meta_text(database, "step_basis");
    summary.count = counted.integer(0);
    summary.first = step_where(database, device, "ORDER BY step LIMIT 1");
    summary.last = step_where(database, device, "ORDER BY step DESC LIMIT 1");
    summary.largest = step_where(database, device, "ORDER BY peak_bytes DESC, step LIMIT 1");
    const std::string middle =
        fmt::format("ORDER BY peak_bytes, step LIMIT 1 OFFSET {}", (summary.count - 1) / 2);
    const StepCost median = step_where(database, device, middle);
    summary.typical = step_where(database, device,
                                 fmt::format("AND peak_bytes = {} ORDER BY step LIMIT 1", median.peak_bytes));
    return summary;
}

}  // namespace snapq::analysis
