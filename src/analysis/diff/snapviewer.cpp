#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/diff/side.hpp"
#include "analysis/diff/stacks.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::MaybeInteger;

struct Peak {
    std::int64_t step = 0;
    std::int64_t bytes = 0;
};

// Times in this table are animation steps; no two events share one, but for what was there from the start.
Peak find_peak(archive::Database& database) {
    archive::Query steps = database.prepare(
        "SELECT step, sum(bytes) FROM (SELECT start_time AS step, size AS bytes FROM allocs "
        "UNION ALL SELECT end_time, -size FROM allocs) GROUP BY step ORDER BY step");
    Peak peak;
    std::int64_t live = 0;
    while (steps.next()) {
        live = saturating_add(live, steps.integer(1));
        if (live > peak.bytes) peak = {steps.integer(0), live};
    }
    return peak;
}

std::int64_t step_of(const Moment& moment, const Peak& peak, std::int64_t last_step,
                     const std::string& path) {
    switch (moment.kind) {
        case Moment::Kind::peak: return peak.step;
        case Moment::Kind::timestep: return moment.number;
        case Moment::Kind::end:
            return saturating_subtract(last_step, 1);  // what ends at the last step was live until then
        default:
            InputError error(path,
                             fmt::format("was made by SnapViewer's converter: the moment {} is not known",
                                         text_of(moment)));
            error.with_hint(
                "peak, end and timestep:N are; converting the snapshot with snapq keeps the rest");
            throw error;
    }
}

// One element a row; the same text again and again.
std::vector<SidePart> parts_at(archive::Database& database, std::int64_t step, const DiffOptions& options,
                               const StableFiles& files) {
    const bool by_size = options.by == KeyKind::size;
    archive::Query live =
        database.prepare(fmt::format("SELECT size, {} FROM allocs WHERE start_time <= ?1 AND end_time > ?1",
                                     by_size ? "''" : "callstack"));
    live.bind(1, step);
    std::map<std::string, SidePart> parts;
    while (live.next()) {
        const SidePart name = by_size ? SidePart{.key = size_key(live.integer(0)).key,
                                                 .fallback = {},
                                                 .label = size_key(live.integer(0)).label,
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
    archive::Database database = archive.open_database();
    Side side;
    side.snapviewer = true;
    side.has_trace = true;
    side.present.insert(0);
    side.freed_only = true;
    const Peak peak = find_peak(database);
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
    // Whether they are compared or not, their sum is what is requested.
    device.each_part = [parts = parts_at(database, step, options, files)](const UsePart& use) {
        for (const SidePart& part : parts) {
            if (!use(SidePart(part))) return;
        }
    };
    side.devices.emplace(0, std::move(device));
    return side;
}

}  // namespace snapq::analysis
