#include "timeline/stacked/window_sums.hpp"

#include <algorithm>

namespace snapq::timeline {
namespace {

constexpr std::uint32_t k_group = 64;
// Scanning this many closes costs a shard less than writing its text does.
constexpr std::uint64_t k_cheap_scan = 65'536;
// Elements between two copies, times windows of a level, in units of elements.
constexpr std::uint64_t k_spacing = 8;

}  // namespace

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
