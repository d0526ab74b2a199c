#include "analysis/summary/snapviewer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/callstack_text.hpp"
#include "analysis/row_access.hpp"
#include "analysis/row_groups.hpp"
#include "analysis/top_rows.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

// The sorter spills to an unnamed file; a step that frees and one that allocates never coincide.
constexpr const char* k_changes =
    "SELECT at, sum(bytes) FROM (SELECT start_time AS at, size AS bytes FROM allocs "
    "UNION ALL SELECT end_time, -size FROM allocs) GROUP BY at ORDER BY at";

constexpr const char* k_live = "SELECT size, callstack FROM allocs WHERE start_time <= ?1 AND end_time > ?1";

struct Peak {
    std::int64_t bytes = 0;
    std::int64_t timestep = 0;
};

Peak find_peak(archive::Database& database) {
    Peak peak;
    std::int64_t live = 0;
    archive::Query changes = database.prepare(k_changes);
    while (changes.next()) {
        live = saturating_add(live, changes.integer(1));
        if (live > peak.bytes) peak = {live, changes.integer(0)};
    }
    return peak;
}

std::int64_t timestep_of(const Moment& moment, const Peak& peak) {
    if (moment.kind == Moment::Kind::peak) return peak.timestep;
    if (moment.kind == Moment::Kind::timestep) return moment.number;
    InputError error(
        fmt::format("an archive of SnapViewer's converter does not know the moment {}", text_of(moment)));
    error.with_hint("it knows peak and timestep:N; convert the snapshot with snapq for the others");
    throw error;
}

report::Key key_in(const archive::Query& row, KeyKind by) {
    return by == KeyKind::size ? size_key(row.integer(0)) : callstack_key(row.text(1), by);
}

report::LiveRows live_at_step(archive::Database& database, std::int64_t timestep, KeyKind by) {
    RowGroups groups;
    archive::Query rows = database.prepare(k_live);
    rows.bind(1, timestep);
    while (rows.next()) groups.add(key_in(rows, by), std::nullopt, rows.integer(0), 1);
    LiveRowCollector live(0, k_most_row_bytes);
    for (report::LiveRow& row : groups.take()) live.add(std::move(row));
    return live.take();
}

void require_known(const SummaryOptions& options) {
    const KeyKind by = options.grouping.by;
    if (by == KeyKind::op || by == KeyKind::stream || by == KeyKind::pool) {
        InputError error(
            fmt::format("an archive of SnapViewer's converter cannot be grouped by {}", name_of(by)));
        error.with_hint("it knows site, user-frame, function, file, stack and size");
        throw error;
    }
    if (options.device.value_or(0) != 0)
        throw UsageError("an archive of SnapViewer's converter has one device, 0");
}

}  // namespace

report::ArchiveSummary summarize_snapviewer(const archive::ArchiveReader& archive,
                                            const SummaryOptions& options) {
    require_known(options);
    archive::Database database = archive.open_database();
    const Peak peak = find_peak(database);
    const std::int64_t timestep = timestep_of(options.at, peak);
    report::DeviceSummary device;
    device.figures.has_trace = true;
    device.figures.complete = false;
    device.figures.allocation_count = database.integer("SELECT count(*) FROM allocs");
    device.figures.peak_requested_bytes = peak.bytes;
    device.figures.peak_timestep = peak.timestep;
    device.at = text_of(options.at);
    device.by = name_of(options.grouping.by);
    take_top_rows(live_at_step(database, timestep, options.grouping.by), options.top, device);
    device.remarks = {
        "made by SnapViewer's converter: memory from before the recording is left out, so the peak is a "
        "lower bound",
        "its stacks may be shifted against its rows: check a site before you trust it",
    };
    report::ArchiveSummary summary;
    summary.archive = archive.path();
    summary.devices.push_back(std::move(device));
    return summary;
}

}  // namespace snapq::analysis
