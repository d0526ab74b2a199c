// The stacked picture of a device's elements over the animation clock: steps, points, and the text of
// allocations.json, by shards that any thread can produce in any order.
//
// Rule: design section 4. An element's points are the closes, inside its lifetime, of elements with a smaller index;
// with closes in time order that is a three-sided range report, answered by range-minimum recursion (constant cost a
// point, no per-element buffers). At most 20 bytes an element are held after construction.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "snapq/timeline/elements.hpp"
#include "snapq/timeline/replay.hpp"

namespace snapq::timeline {

struct PointLimit {
    // 0: exact always. >= 4: no element has more than this many points. nullopt: exact up to
    // max(200 million, 64 x events) points in all, beyond that the largest limit that fits.
    std::optional<std::uint64_t> max_points;
};

// A run of consecutive elements, at most 50 000, cut by element and point counts (never by timing).
struct Shard {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // one past the end
    std::uint64_t points = 0;
};

struct SkylineState;

class Skyline {
public:
    // O(n log n). `snapshot` and `replay` must outlive the skyline. Throws InputError when the clock passes 2^32 - 1.
    Skyline(const snapshot::Snapshot& snapshot, const Replay& replay, PointLimit limit);
    Skyline(Skyline&&) noexcept;
    Skyline& operator=(Skyline&&) noexcept;
    ~Skyline();

    [[nodiscard]] std::uint32_t start_step(std::uint32_t idx) const;
    [[nodiscard]] std::uint32_t end_step(std::uint32_t idx) const;  // the final step for what is live at the end
    [[nodiscard]] std::uint32_t final_step() const;
    // Step at which event `event` starts; only for events of the trace, O(log n).
    [[nodiscard]] std::uint32_t step_of_event(std::uint32_t event) const;

    [[nodiscard]] std::uint64_t exact_point_count() const;  // (timestep, offset) pairs without any limit
    [[nodiscard]] std::uint64_t point_count() const;        // with the limit in force
    [[nodiscard]] bool exact() const;                       // no element was thinned out
    [[nodiscard]] std::uint64_t limit_in_force() const;     // points an element; 0 when exact

    [[nodiscard]] const std::vector<Shard>& shards() const;

    // The text of one shard in pieces, in order: elements one a line, joined by ",\n", without the brackets of the
    // whole array. A shard that is not the first begins with ",\n". Thread-safe.
    using TextConsumer = std::function<void(std::string_view piece)>;
    void render(const Shard& shard, const TextConsumer& consume) const;

private:
    std::unique_ptr<SkylineState> m_state;
};

}  // namespace snapq::timeline
