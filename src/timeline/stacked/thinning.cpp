#include "timeline/stacked/thinning.hpp"

#include <algorithm>
#include <numeric>

#include "timeline/stacked/fenwick.hpp"

namespace snapq::timeline {
namespace {

constexpr std::uint64_t k_min_limit = 4;
constexpr std::uint64_t k_points_per_event = 64;

constexpr std::uint32_t k_group = 64;
// In closes. Scanning this many takes less time than writing the text of a shard.
constexpr std::uint64_t k_cheap_scan = 65'536;
// The copies of a level are k_spacing * elements / 2^level elements apart, so that they have about elements /
// 8 numbers in all.
constexpr std::uint64_t k_spacing = 8;

std::uint64_t points_within(const std::vector<std::uint32_t>& drops, std::uint64_t limit) {
    return std::accumulate(
        drops.begin(), drops.end(), std::uint64_t{0},
        [&](std::uint64_t sum, std::uint32_t count) { return sum + std::min(exact_points(count), limit); });
}

// The largest limit of points per element with which the sum of all points is at most `total`.
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

// Points per element; 0: exact.
std::uint64_t choose_limit(const std::vector<std::uint32_t>& drops, PointLimit limit,
                           std::uint64_t event_count) {
    if (limit.max_points) return *limit.max_points == 0 ? 0 : std::max(*limit.max_points, k_min_limit);
    const std::uint64_t total = std::max(limit.allowance, k_points_per_event * event_count);
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

// The end offset of an element is the sum of the elements below it that are still live. All elements below it
// have started before it, so the sums can begin with all elements and only need to subtract the ended ones.
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

WindowSums::WindowSums(const Thinning& thinning, const AnimationClock& clock, const CloseTree& closes,
                       const ElementSizes& sizes, std::uint32_t element_count)
    : m_clock(&clock), m_closes(&closes), m_sizes(&sizes) {
    std::int64_t closed = 0;
    for (std::uint32_t close = 0; close < closes.size(); ++close) {
        if (close % k_group == 0) m_closed.push_back(closed);
        closed += sizes.of_close(close);
    }
    if (closes.size() % k_group == 0) m_closed.push_back(closed);

    std::vector<bool> wanted(64);
    for (const ThinnedElement& element : thinning.elements()) {
        const WindowPlan plan = thinning.plan(element, clock);
        const std::uint64_t scanned = std::uint64_t{plan.windows} << plan.level;
        if (plan.windows > 1 && scanned > k_cheap_scan) wanted[plan.level] = true;
    }
    for (std::uint32_t level = 0; level < wanted.size(); ++level) {
        if (wanted[level]) store_copies(level, element_count);
    }
}

void WindowSums::store_copies(std::uint32_t level, std::uint32_t element_count) {
    Copies copies;
    copies.level = level;
    copies.stride = std::max<std::uint64_t>(1, (k_spacing * element_count) >> level);
    copies.windows = (std::uint64_t{m_closes->size()} >> level) + 1;
    std::vector<std::int64_t> sums(copies.windows);
    copies.sums.reserve((element_count / copies.stride + 1) * copies.windows);
    for (std::uint32_t idx = 0; idx < element_count; ++idx) {
        if (idx % copies.stride == 0) copies.sums.insert(copies.sums.end(), sums.begin(), sums.end());
        const std::uint32_t close = m_clock->end_close(idx);
        if (close < m_closes->size()) sums[close >> level] += m_sizes->of_close(close);
    }
    m_copies.push_back(std::move(copies));
}

const WindowSums::Copies* WindowSums::copies_of(std::uint32_t level) const {
    const auto found = std::find_if(m_copies.begin(), m_copies.end(),
                                    [&](const Copies& copies) { return copies.level == level; });
    return found == m_copies.end() ? nullptr : &*found;
}

void WindowSums::fill(std::uint32_t level, std::uint32_t below, std::uint64_t first_window,
                      std::span<std::int64_t> sums) const {
    const Copies* copies = copies_of(level);
    if (copies != nullptr && below % copies->stride < sums.size() << level) {
        fill_from_copy(*copies, below, first_window, sums);
    } else {
        fill_by_scan(level, below, first_window, sums);
    }
}

void WindowSums::fill_by_scan(std::uint32_t level, std::uint32_t below, std::uint64_t first_window,
                              std::span<std::int64_t> sums) const {
    for (std::size_t window = 0; window < sums.size(); ++window) {
        const std::uint64_t begin = (first_window + window) << level;
        const std::uint64_t end =
            std::min<std::uint64_t>(m_closes->size(), (first_window + window + 1) << level);
        std::int64_t sum = 0;
        for (auto close = static_cast<std::uint32_t>(begin); close < end; ++close) {
            if (m_closes->idx(close) < below) sum += m_sizes->of_close(close);
        }
        sums[window] = sum;
    }
}

void WindowSums::fill_from_copy(const Copies& copies, std::uint32_t below, std::uint64_t first_window,
                                std::span<std::int64_t> sums) const {
    const std::uint64_t row = below / copies.stride;
    for (std::size_t k = 0; k < sums.size(); ++k)
        sums[k] = copies.sums[row * copies.windows + first_window + k];
    for (auto idx = static_cast<std::uint32_t>(row * copies.stride); idx < below; ++idx) {
        const std::uint32_t close = m_clock->end_close(idx);
        const std::uint64_t window = (std::uint64_t{close} >> copies.level) - first_window;
        if (close < m_closes->size() && window < sums.size()) sums[window] += m_sizes->of_close(close);
    }
}

std::int64_t WindowSums::closed_before(std::uint64_t close) const {
    std::int64_t sum = m_closed[close / k_group];
    for (auto at = static_cast<std::uint32_t>(close / k_group * k_group); at < close; ++at)
        sum += m_sizes->of_close(at);
    return sum;
}

}  // namespace snapq::timeline
