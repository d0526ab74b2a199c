// How elements with too many points are thinned. Private to timeline.
//
// docs/timeline.md ("Thinning") has the rule. The lifetime of such an element is cut into windows of closes,
// and each window gives one pair of points on the exact line. Borders between windows are multiples of a
// power of two closes, so that elements of similar lifetime share their windows and sums. The first and the
// last window of an element may be longer or shorter than the others, but have at least 2 closes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "timeline/stacked/animation_clock.hpp"
#include "timeline/stacked/closes.hpp"
#include "timeline/stacked/stacked_timeline.hpp"

namespace snapq::timeline {

// The windows of one element, in units of 2^level closes: window 0 ends at border `first_border`, the last
// one begins at border `last_border`. A single window has no border.
struct WindowPlan {
    std::uint32_t level = 0;
    std::uint32_t windows = 1;
    std::uint64_t first_border = 0;
    std::uint64_t last_border = 0;

    [[nodiscard]] std::uint64_t border(std::uint64_t number) const { return number << level; }
};

// Cuts a lifetime of closes [begin, end), at least 2 of them, into at most `max_windows` (at least 1)
// windows.
[[nodiscard]] WindowPlan plan_windows(std::uint64_t begin, std::uint64_t end, std::uint64_t max_windows);

struct ThinnedElement {
    std::uint32_t idx = 0;
    std::uint32_t start_close = 0;  // closes before its start
    std::int64_t end_offset = 0;    // bytes
};

class Thinning {
public:
    // `drops`: the number of drops of each element. Takes O(n log n) if an element exceeds the limit.
    Thinning(const std::vector<std::uint32_t>& drops, PointLimit limit, std::uint64_t event_count,
             const AnimationClock& clock, const CloseTree& closes, const ElementSizes& sizes);

    // Points per element; 0 if nothing is thinned.
    [[nodiscard]] std::uint64_t limit() const { return m_elements.empty() ? 0 : m_limit; }
    // In the order of idx.
    [[nodiscard]] const std::vector<ThinnedElement>& elements() const { return m_elements; }
    [[nodiscard]] WindowPlan plan(const ThinnedElement& element, const AnimationClock& clock) const {
        return plan_windows(element.start_close, clock.end_close(element.idx), (m_limit - 2) / 2);
    }

private:
    void list_elements(const std::vector<std::uint32_t>& drops, const AnimationClock& clock);
    void find_end_offsets(const AnimationClock& clock, const CloseTree& closes, const ElementSizes& sizes);

    std::uint64_t m_limit = 0;
    std::vector<ThinnedElement> m_elements;
};

// Points of an element that drops `drops` times: the first, a pair for each drop, the last.
constexpr std::uint64_t exact_points(std::uint32_t drops) {
    return 2 + 2 * std::uint64_t{drops};
}

// Sums of closed bytes in windows, which give the drops of thinned elements.
//
// Level g has windows of 2^g closes. For one idx, the sums of a level count the closes of elements below that
// idx, so one sum changes when idx grows by one. A shard fills the array once, for its first element, and
// keeps it up to date from there. Filling reads either the closes inside the windows that are needed, or the
// nearest stored copy of the whole array and the elements after it, whichever is less: about sqrt(8 n p)
// steps for n elements and p points in the shard. A level with stored copies holds n/8 numbers; only the few
// levels with long windows have them. Immutable after construction, so any number of threads may read it.
class WindowSums {
public:
    // All arguments must outlive the object.
    WindowSums(const Thinning& thinning, const AnimationClock& clock, const CloseTree& closes,
               const ElementSizes& sizes, std::uint32_t element_count);

    // Sets sums[k] to the bytes of the closes in window first_window + k, counting elements with an idx below
    // `below`.
    void fill(std::uint32_t level, std::uint32_t below, std::uint64_t first_window,
              std::span<std::int64_t> sums) const;

    // Bytes of all closes before close number `close`.
    [[nodiscard]] std::int64_t closed_before(std::uint64_t close) const;

private:
    // Copies of the sums of one level for every `stride`-th idx.
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
    std::vector<std::int64_t> m_closed;  // [k]: bytes of all closes before close k * k_group
    std::vector<Copies> m_copies;
};

}  // namespace snapq::timeline
