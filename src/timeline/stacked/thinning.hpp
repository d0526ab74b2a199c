// How elements with too many points are thinned out. Private to timeline.
//
// An element of more points than the limit has its lifetime cut into windows of equal numbers of closes of
// the device; each window gives one pair of points, (step of its first close, offset before it) and (step of
// its last close, offset after it). All of these lie on the exact line. Borders between windows are multiples
// of a power of two closes, the smallest with which the element fits, so that elements of similar lifetime
// share their windows and nothing has to be enumerated; the first and the last window may be longer or
// shorter than the others (2 closes at least).
#pragma once

#include <cstdint>
#include <vector>

#include "timeline/stacked/animation_clock.hpp"
#include "timeline/stacked/element_sizes.hpp"
#include "timeline/stacked/stacked_timeline.hpp"

namespace snapq::timeline {

// The windows of one element: window 0 ends at border `first_border`, the last one begins at border
// `last_border`, in units of 2^level closes. A single window has no border at all.
struct WindowPlan {
    std::uint32_t level = 0;
    std::uint32_t windows = 1;
    std::uint64_t first_border = 0;
    std::uint64_t last_border = 0;

    [[nodiscard]] std::uint64_t border(std::uint64_t number) const { return number << level; }
};

// For a life from close `begin` to close `end` (exclusive, at least 2 closes) in at most `max_windows` (>= 1)
// windows.
[[nodiscard]] WindowPlan plan_windows(std::uint64_t begin, std::uint64_t end, std::uint64_t max_windows);

struct ThinnedElement {
    std::uint32_t idx = 0;
    std::uint32_t start_close = 0;  // closes before its start
    std::int64_t end_offset = 0;    // bytes
};

class Thinning {
public:
    // `drops`: how often each element drops. Nothing is thinned when the limit is not reached. O(n log n)
    // otherwise.
    Thinning(const std::vector<std::uint32_t>& drops, PointLimit limit, std::uint64_t event_count,
             const AnimationClock& clock, const CloseTree& closes, const ElementSizes& sizes);

    // Points an element; 0 when nothing is thinned.
    [[nodiscard]] std::uint64_t limit() const { return m_elements.empty() ? 0 : m_limit; }
    // In idx order.
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

// Points of an element that drops `drops` times: the first, a pair for each fall, the last.
constexpr std::uint64_t exact_points(std::uint32_t drops) {
    return 2 + 2 * std::uint64_t{drops};
}

}  // namespace snapq::timeline
