// The data of a StackedTimeline. Immutable after construction, so any number of threads may read it. Private
// to timeline.
//
// About 18.3 bytes an element: clock 12, tree of closes 4.3, sizes of closes 2.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "timeline/stacked/animation_clock.hpp"
#include "timeline/stacked/closes.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/stacked/thinning.hpp"

namespace snapq::timeline {

// The state at the start of an element, when elements are visited in the order of idx.
struct StackPosition {
    std::uint32_t close = 0;  // closes so far
    std::int64_t bytes = 0;   // live
};

struct StackedTimelineState {
    // `drops` is filled here, and only needed during construction.
    StackedTimelineState(const snapshot::Snapshot& snapshot, const Replay& replay, PointLimit limit,
                         std::vector<std::uint32_t>& drops);

    // Moves `position` to the start of element `idx`; the offset of the element is then position.bytes. The
    // caller adds the size of the element afterwards.
    void close_before(StackPosition& position, std::uint32_t idx) const {
        const std::uint32_t start = clock.start_step(idx);
        while (position.close < closes.size() && clock.close_step(position.close) < start) {
            position.bytes -= sizes.of_close(position.close++);
        }
    }
    void cut_shards(const std::vector<std::uint32_t>& drops);

    const Elements& elements;
    AnimationClock clock;
    CloseTree closes;
    ElementSizes sizes;
    Thinning thinning;
    std::optional<WindowSums> window_sums;  // only if something is thinned
    std::vector<Shard> shards;
    std::vector<StackPosition> shard_starts;  // one for each shard
    std::uint64_t exact_points = 0;
    std::uint64_t points = 0;
};

}  // namespace snapq::timeline
