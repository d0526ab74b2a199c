#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/diff/parts.hpp"
#include "analysis/diff/side.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

std::int64_t step_of(const Moment& moment, const SnapViewerPeak& peak, std::int64_t last_step,
                     const std::string& path) {
    switch (moment.kind) {
        case Moment::Kind::peak: return peak.timestep;
        case Moment::Kind::timestep: return moment.number;
        case Moment::Kind::end:
            return saturating_subtract(last_step,
                                       1);  // allocations that end at the last step are live until then
        default:
            InputError error(
                path, fmt::format("was made by SnapViewer's converter, which does not store the moment {}",
                                  text_of(moment)));
            error.with_hint(
                "possible are peak, end and timestep:N; for other moments, convert the snapshot with snapq");
            throw error;
    }
}

// The table has one row for each allocation, with the text of its stack.
std::vector<SidePart> parts_at(archive::Database& database, std::int64_t step, const DiffOptions& options,
                               const StableFiles& files) {
    const bool by_size = options.by == KeyKind::size;
    archive::Query live =
        database.prepare(fmt::format("SELECT size, {} FROM allocs WHERE start_time <= ?1 AND end_time > ?1",
                                     by_size ? "''" : "callstack"));
    live.bind(1, step);
    std::map<std::string, SidePart> parts;
    while (live.next()) {
        const SidePart name = by_size ? SidePart{.key = size_key(live.integer(0)).key.raw(),
                                                 .fallback = {},
                                                 .label = size_key(live.integer(0)).label.raw(),
                                                 .op = {},
                                                 .line = std::nullopt,
                                                 .stack_id = std::nullopt,
                                                 .maximum = std::nullopt}
                                      : name_of_stack_text(live.text(1), options.exact, files);
        SidePart& part = parts.try_emplace(name.key, name).first->second;
        part.bytes = saturating_add(part.bytes, live.integer(0));
        ++part.count;
    }
    std::vector<SidePart> list;
    list.reserve(parts.size());
    for (auto& [key, part] : parts) list.push_back(std::move(part));
    return list;
}

}  // namespace

Side read_snapviewer_side(const archive::ArchiveReader& archive, const Moment& at, const DiffOptions& options,
                          const StableFiles& files) {
    if (options.window) refuse_window_in_snapviewer(archive.path());
    archive::Database database = archive.open_database();
    Side side;
    side.snapviewer = true;
    side.has_trace = true;
    side.present.insert(0);
    side.freed_only = true;
    const SnapViewerPeak peak = snapviewer_peak(database);
    const std::int64_t step =
        step_of(at, peak, database.integer("SELECT max(end_time) FROM allocs"), archive.path());
    SideDevice device;
    device.figures.allocation_count = database.integer("SELECT count(*) FROM allocs");
    device.figures.has_trace = true;
    device.figures.peak_requested_bytes = peak.bytes;
    device.at.moment = text_of(at);
    device.at.has_trace = true;
    device.at.timestep = step;
    device.parts_known = options.by == KeyKind::stack || options.by == KeyKind::size;
    // The parts are always read, because their sum is the requested bytes, even if the rows are not compared.
    device.each_part = [parts = parts_at(database, step, options, files)](const UsePart& use) {
        for (const SidePart& part : parts) use(SidePart(part));
    };
    side.devices.emplace(0, std::move(device));
    return side;
}

}  // namespace snapq::analysis
