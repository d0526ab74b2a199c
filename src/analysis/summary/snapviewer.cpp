#include <fmt/format.h>

#include <utility>

#include "analysis/keys.hpp"
#include "analysis/row_groups.hpp"
#include "analysis/summary/sections.hpp"
#include "analysis/summary/verdict.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
namespace {

constexpr const char* k_live = "SELECT size, callstack FROM allocs WHERE start_time <= ?1 AND end_time > ?1";

std::int64_t timestep_of(const Moment& moment, const SnapViewerPeak& peak) {
    if (moment.kind == Moment::Kind::peak) return peak.timestep;
    if (moment.kind == Moment::Kind::timestep) return moment.number;
    InputError error(fmt::format("was made by SnapViewer's converter, which does not store the moment {}",
                                 text_of(moment)));
    error.with_hint("possible are peak and timestep:N; for other moments, convert the snapshot with snapq");
    throw error;
}

report::Key key_in(const archive::Query& row, const Grouping& grouping) {
    return grouping.by == KeyKind::size ? size_key(row.integer(0))
                                        : callstack_key(row.text(1), grouping.by, grouping.site_depth);
}

report::LiveRows live_at_step(archive::Database& database, std::int64_t timestep, const Grouping& grouping) {
    RowGroups groups;
    archive::Query rows = database.prepare(k_live);
    rows.bind(1, timestep);
    while (rows.next()) groups.add(key_in(rows, grouping), std::nullopt, rows.integer(0), 1);
    LiveRowCollector live(0, k_most_row_bytes);
    for (report::LiveRow& row : groups.take()) live.add(std::move(row));
    return live.take();
}

void require_known(const SummaryOptions& options) {
    if (options.tree || !info_of(options.grouping.by).is_in_snapviewer) {
        InputError error(fmt::format("was made by SnapViewer's converter, which does not store the key {}",
                                     options.tree ? k_by_tree : name_of(options.grouping.by)));
        error.with_hint(fmt::format("possible are {}", snapviewer_key_kind_list()));
        throw error;
    }
    if (options.grouping.rules)
        throw InputError(
            "was made by SnapViewer's converter, which stores no categories, so --rules cannot be used");
    if (options.device.value_or(0) != 0)
        throw UsageError("was made by SnapViewer's converter, which stores one device, 0");
}

}  // namespace

report::ArchiveSummary summarize_snapviewer(const archive::ArchiveReader& archive,
                                            const SummaryOptions& options) {
    if (options.window) refuse_window_in_snapviewer({});
    require_known(options);
    archive::Database database = archive.open_database();
    const SnapViewerPeak peak = snapviewer_peak(database);
    const std::int64_t timestep = timestep_of(options.at, peak);
    report::DeviceSummary device;
    device.figures.has_trace = true;
    device.figures.complete = false;
    device.figures.allocation_count = database.integer("SELECT count(*) FROM allocs");
    device.figures.peak_requested_bytes = peak.bytes;
    device.figures.peak_timestep = peak.timestep;
    device.at = text_of(options.at);
    device.by = name_of(options.grouping.by);
    move_top_rows(live_at_step(database, timestep, options.grouping), options.top, device);
    device.peak_sites = largest_sites(live_at_step(database, peak.timestep, {}).rows);
    device.remarks = {
        "made by SnapViewer's converter, which leaves out memory from before the recording: the peak is a "
        "lower bound",
        "its stacks may be shifted by some rows: check a site before you rely on it",
    };
    report::ArchiveSummary summary;
    summary.archive = archive.path();
    summary.devices.push_back(std::move(device));
    return summary;
}

}  // namespace snapq::analysis
