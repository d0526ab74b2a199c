// The stacked picture of a device's elements over the animation clock: steps, points, and the text of
// allocations.json, by shards that any thread can produce in any order.
//
// Rule: design section 4. An element's points are the closes, inside its lifetime, of elements with a smaller
// index. A small tree over the closes in time order yields them for any element, in order, without buffers;
// so shards are independent of each other. Where an element has more points than the limit, its lifetime is
// cut into windows (see src/timeline/thinning.hpp) whose sums are known without visiting their closes.
//
// Held after construction: 18.3 bytes an element, 4 more while constructing; where something is thinned up to
// 40, and 55 while constructing. All sizes in bytes, all steps from 0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "timeline/replay/elements.hpp"
#include "timeline/replay/replay.hpp"

namespace snapq::timeline {

struct PointLimit {
    // 0: exact always. >= 4 (less is taken as 4): no element has more than this many points; one within it
    // stays exact, another gets about half as many to that many. nullopt: exact up to max(200 million, 64
    // x events) points in all, beyond that the largest limit that fits.
    std::optional<std::uint64_t> max_points;
};

// A run of consecutive elements, at most 50 000 and 65 536 points (one element may have more), never cut by
// timing.
struct Shard {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // one past the end
    std::uint64_t points = 0;
};

struct StackedTimelineState;  // private

// Immutable after construction; any number of threads may use one.
class StackedTimeline {
public:
    // O(n log n). `snapshot` and `replay` must outlive the stacked timeline. Throws InputError when the
    // clock passes 2^32 - 1. Sizes whose sum passes 2^62 are hostile: offsets then count each as 2^62 /
    // elements at most.
    StackedTimeline(const snapshot::Snapshot& snapshot, const Replay& replay, PointLimit limit);
    StackedTimeline(StackedTimeline&&) noexcept;
    StackedTimeline& operator=(StackedTimeline&&) noexcept;
    ~StackedTimeline();

    [[nodiscard]] std::uint32_t start_step(std::uint32_t idx) const;
    // The final step for what is live at the end.
    [[nodiscard]] std::uint32_t end_step(std::uint32_t idx) const;
    [[nodiscard]] std::uint32_t final_step() const;
    // Step at which event `event` starts; only for events of the trace, O(log n).
    [[nodiscard]] std::uint32_t step_of_event(std::uint32_t event) const;

    [[nodiscard]] std::uint64_t exact_point_count() const;  // (timestep, offset) pairs without any limit
    [[nodiscard]] std::uint64_t point_count() const;        // with the limit in force
    [[nodiscard]] bool exact() const;                       // no element was thinned out
    [[nodiscard]] std::uint64_t limit_in_force() const;     // points an element; 0 when exact

    [[nodiscard]] const std::vector<Shard>& shards() const;

    // The text of one shard in pieces, in order: elements one a line, joined by ",\n", without the brackets
    // of the whole array. A shard that is not the first begins with ",\n". Pieces are of 64 KiB at most. What
    // `consume` throws passes through.
    using TextConsumer = std::function<void(std::string_view piece)>;
    void render(const Shard& shard, const TextConsumer& consume) const;

private:
    std::unique_ptr<StackedTimelineState> m_state;
};

}  // namespace snapq::timeline
