// Bytes closed in aligned windows of closes, counting elements below an index only: what thinned elements
// fall by. Private to timeline.
//
// Level g has windows of 2^g closes. For one index the sums of a level are an array that changes in one place
// when the index grows by one; so a shard fills it once, for its first element, and keeps it up from there.
// Filling reads either the closes inside the windows wanted, or the nearest stored copy of the whole array
// plus the elements since, whichever is less: with n elements and p points in the shard about sqrt(8 n p)
// steps at most. Stored copies take n/8 numbers a level, on the few levels whose windows are long. Exists
// only where something is thinned; immutable after construction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timeline/stacked/animation_clock.hpp"
#include "timeline/stacked/element_sizes.hpp"
#include "timeline/stacked/thinning.hpp"

namespace snapq::timeline {

class WindowSums {
public:
    // All arguments must outlive the object.
    WindowSums(const Thinning& thinning, const AnimationClock& clock, const CloseTree& closes,
               const ElementSizes& sizes, std::uint32_t element_count);

    // sums[k] = bytes of the closes of window first_window + k, of elements below `below`.
    void fill(std::uint32_t level, std::uint32_t below, std::uint64_t first_window,
              std::span<std::int64_t> sums) const;

    // Bytes of all closes before close number `close`.
    [[nodiscard]] std::int64_t closed_before(std::uint64_t close) const;

private:
    // Copies of the sums of one level at every `stride`-th index.
    struct Copies {
        std::uint32_t level = 0;
        std::uint64_t stride = 0;
        std::uint64_t windows = 0;
        std::vector<std::int64_t> sums;
    };

    void store_copies(std::uint32_t level, std::uint32_t element_count);
    [[nodiscard]] const Copies* copies_of(std::uint32_t level) const;
    void fill_by_scan(std::uint32_t level, std::uint32_t below, std::uint64_t first_window,
                      std::span<std::int64_t> sums) const;
    void fill_from_copy(const Copies& copies, std::uint32_t below, std::uint64_t first_window,
                        std::span<std::int64_t> sums) const;

    const AnimationClock* m_clock;
    const CloseTree* m_closes;
    const ElementSizes* m_sizes;
    std::vector<std::int64_t> m_closed;  // bytes of all closes before each k_group-th
    std::vector<Copies> m_copies;
};

}  // namespace snapq::timeline
