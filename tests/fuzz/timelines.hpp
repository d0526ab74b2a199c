// Computes everything that a conversion needs before it writes: replay, stacked timeline and tables.
#pragma once

#include "frames/phase.hpp"
#include "fuzz/target.hpp"
#include "snapshot/decoder.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::fuzz {

inline void compute_timelines(const snapshot::Snapshot& snapshot) {
    constexpr timeline::PointLimit k_few{64};
    const frames::StackPhases phases(snapshot.symbols);
    for (const auto mode : {timeline::Preexisting::all, timeline::Preexisting::freed}) {
        for (const std::int64_t device : timeline::devices_of(snapshot)) {
            const timeline::Replay replay = timeline::replay_device(snapshot, device, mode);
            const timeline::DeviceTables tables = timeline::tabulate(snapshot, phases, replay);
            require(tables.figures.peak_requested_bytes >= tables.figures.end_requested_bytes,
                    "the peak is not below the end");
            const timeline::StackedTimeline stacked_timeline(snapshot, replay, k_few);
            std::uint64_t points = 0;
            for (const timeline::Shard& shard : stacked_timeline.shards()) {
                points += shard.points;
                stacked_timeline.render(shard, [](std::string_view) {});
            }
            require(points == stacked_timeline.point_count(), "the shards' points add up");
        }
    }
}

// Does so for each snapshot in the values that follow one another in `source`.
inline void compute_all_timelines(ByteSource& source, snapshot::Form form) {
    constexpr std::uint64_t k_most_surplus = 1 << 20;
    const auto begins_pickle = [](std::string_view head) {
        return head.starts_with('\x80') || head.starts_with('(');
    };
    snapshot::Decoder decoder(source, form, begins_pickle, k_most_surplus);
    while (auto value = decoder.next()) {
        for (std::size_t i = 0; i < value->snapshot_count(); ++i) compute_timelines(value->take(i));
    }
}

}  // namespace snapq::fuzz
