// The stacked timeline of a device: steps, points, and the text of allocations.json in shards that any thread
// can produce in any order. docs/timeline.md has the rules.
//
// The drops of an element are the closes, inside its lifetime, of elements with a smaller idx. A tree over
// the closes in time order finds them for any element, so shards are independent of each other. The lifetime
// of an element with more points than the limit is cut into windows (thinning.hpp), whose sums are known
// without visiting their closes.
//
// Takes 18.3 bytes an element, and 4 more during construction; if elements are thinned, up to 40 bytes, and
// 55 during construction. All sizes are in bytes; steps count from 0.
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
    // 0: always exact. Otherwise the largest number of points of an element, at least 4 (smaller numbers
    // count as 4): elements that need no more are exact; the others get between about half of this number and
    // all of it. nullopt: exact up to max(`allowance`, 64 x events) points in total, beyond that the largest
    // limit that fits.
    std::optional<std::uint64_t> max_points;
    // The total number of points that is allowed even for few events.
    std::uint64_t allowance = 50'000'000;
};

// A run of consecutive elements: at most 50,000 elements and 65,536 points, except that a single element may
// have more points. Shards depend on the elements only, never on threads or timing.
struct Shard {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // one past the end
    std::uint64_t points = 0;
};

struct StackedTimelineState;  // private

// Immutable after construction; any number of threads may use one.
class StackedTimeline {
public:
    // `snapshot` and `replay` must outlive the stacked timeline. Throws InputError if the clock would pass
    // 2^32 - 1. If the sum of all sizes exceeds 2^62, each counts at most 2^62 / elements in offsets. Takes
    // O(n log n).
    StackedTimeline(const snapshot::Snapshot& snapshot, const Replay& replay, PointLimit limit);
    StackedTimeline(StackedTimeline&&) noexcept;
    StackedTimeline& operator=(StackedTimeline&&) noexcept;
    ~StackedTimeline();

    [[nodiscard]] std::uint32_t start_step(std::uint32_t idx) const;
    // The final step if the element is live at the end.
    [[nodiscard]] std::uint32_t end_step(std::uint32_t idx) const;
    [[nodiscard]] std::uint32_t final_step() const;
    // The step at which `event` of the trace starts. O(log n).
    [[nodiscard]] std::uint32_t step_of_event(std::uint32_t event) const;

    [[nodiscard]] std::uint64_t exact_point_count() const;  // (timestep, offset) pairs without thinning
    [[nodiscard]] std::uint64_t point_count() const;        // with thinning
    [[nodiscard]] bool exact() const;                       // no element is thinned
    [[nodiscard]] std::uint64_t limit_in_force() const;     // points per element; 0 if exact

    [[nodiscard]] const std::vector<Shard>& shards() const;

    // Passes the text of one shard to `consume`, in order, at most 64 KiB at a time: one element a line,
    // joined by ",\n", without the brackets of the whole array. Every shard except the first begins with
    // ",\n". Exceptions of `consume` pass through.
    using TextConsumer = std::function<void(std::string_view text)>;
    void render(const Shard& shard, const TextConsumer& consume) const;

private:
    std::unique_ptr<StackedTimelineState> m_state;
};

}  // namespace snapq::timeline
