#include "timeline/stacked/thinning.hpp"

#include <algorithm>
#include <numeric>

#include "timeline/stacked/fenwick.hpp"

namespace snapq::timeline {
namespace {

constexpr std::uint64_t k_min_limit = 4;
// Default ceilings on the points of a whole timeline, see design section 4.
constexpr std::uint64_t k_default_points = 200'000'000;
constexpr std::uint64_t k_points_per_event = 64;

std::uint64_t points_within(const std::vector<std::uint32_t>& drops, std::uint64_t limit) {
    return std::accumulate(
        drops.begin(), drops.end(), std::uint64_t{0},
        [&](std::uint64_t sum, std::uint32_t count) { return sum + std::min(exact_points(count), limit); });
}

// The largest limit per element with which all points together stay within `total`.
std::uint64_t largest_limit(const std::vector<std::uint32_t>& drops, std::uint64_t total) {
    std::uint64_t low = k_min_limit;
    std::uint64_t high = exact_points(*std::max_element(drops.begin(), drops.end()));
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        if (points_within(drops, middle) <= total) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

// 0: exact.
std::uint64_t choose_limit(const std::vector<std::uint32_t>& drops, PointLimit limit,
                           std::uint64_t event_count) {
    if (limit.max_points) return *limit.max_points == 0 ? 0 : std::max(*limit.max_points, k_min_limit);
    const std::uint64_t total = std::max(k_default_points, k_points_per_event * event_count);
    const std::uint64_t unlimited = ~std::uint64_t{0};
    return points_within(drops, unlimited) <= total ? 0 : largest_limit(drops, total);
}

}  // namespace

WindowPlan plan_windows(std::uint64_t begin, std::uint64_t end, std::uint64_t max_windows) {
    WindowPlan plan;
    for (plan.level = 1;; ++plan.level) {
        const std::uint64_t width = std::uint64_t{1} << plan.level;
        plan.first_border = (begin + 2 + width - 1) >> plan.level;
        plan.last_border = (end - 2) >> plan.level;
        if (plan.last_border < plan.first_border) {
            plan.windows = 1;
            return plan;
        }
        const std::uint64_t windows = plan.last_border - plan.first_border + 2;
        if (windows <= max_windows) {
            plan.windows = static_cast<std::uint32_t>(windows);
            return plan;
        }
    }
}

Thinning::Thinning(const std::vector<std::uint32_t>& drops, PointLimit limit, std::uint64_t event_count,
                   const AnimationClock& clock, const CloseTree& closes, const ElementSizes& sizes)
    : m_limit(choose_limit(drops, limit, event_count)) {
    if (m_limit == 0) return;
    list_elements(drops, clock);
    if (!m_elements.empty()) find_end_offsets(clock, closes, sizes);
}

void Thinning::list_elements(const std::vector<std::uint32_t>& drops, const AnimationClock& clock) {
    std::uint32_t close = 0;
    for (std::uint32_t idx = 0; idx < drops.size(); ++idx) {
        const std::uint32_t start = clock.start_step(idx);
        while (close < clock.close_count() && clock.close_step(close) < start) ++close;
        if (exact_points(drops[idx]) > m_limit) m_elements.push_back({idx, close, 0});
    }
    m_elements.shrink_to_fit();
}

// An element ends on top of what is still live below it. Everything below has started before it, so the sums
// may start out with all elements and only ever lose what has ended.
void Thinning::find_end_offsets(const AnimationClock& clock, const CloseTree& closes,
                                const ElementSizes& sizes) {
    const std::uint32_t count = m_elements.back().idx + 1;
    Fenwick<std::int64_t> live(count);
    for (std::uint32_t idx = 0; idx < count; ++idx) live.add(idx, sizes.of_element(idx));
    const auto find = [&](std::uint32_t idx) {
        return std::lower_bound(
            m_elements.begin(), m_elements.end(), idx,
            [](const ThinnedElement& element, std::uint32_t at) { return element.idx < at; });
    };
    for (std::uint32_t close = 0; close < closes.size(); ++close) {
        const std::uint32_t idx = closes.idx(close);
        if (idx >= count) continue;
        const auto found = find(idx);
        if (found->idx == idx) found->end_offset = live.prefix(idx);
        live.add(idx, -sizes.of_close(close));
    }
    for (ThinnedElement& element : m_elements) {
        if (clock.end_close(element.idx) == clock.close_count())
            element.end_offset = live.prefix(element.idx);
    }
}

}  // namespace snapq::timeline
