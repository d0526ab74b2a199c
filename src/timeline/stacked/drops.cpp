#include "timeline/stacked/drops.hpp"

#include <algorithm>

namespace snapq::timeline {

ExactDrops::ExactDrops(const StackedTimelineState& state, std::uint32_t idx, StackPosition start)
    : m_state(&state),
      m_start(start),
      m_idx(idx),
      m_end_close(state.clock.end_close(idx)),
      m_cursor(state.closes, start.close, idx),
      m_offset(start.bytes) {}

void ExactDrops::restart() {
    m_cursor = CloseTree::Cursor(m_state->closes, m_start.close, m_idx);
    m_offset = m_start.bytes;
}

std::size_t ExactDrops::fill(std::span<Drop> drops) {
    // The close of the element itself matches too, so the search never goes beyond it.
    for (std::size_t count = 0; count < drops.size(); ++count) {
        const std::uint32_t close = m_cursor.next();
        if (close >= m_end_close) return count;
        const std::uint32_t step = m_state->clock.close_step(close);
        m_offset -= m_state->sizes.of_close(close);
        drops[count] = {step, step + AnimationClock::k_drop_steps, m_offset};
    }
    return drops.size();
}

ShardSums::ShardSums(const StackedTimelineState& state, const Shard& shard) : m_state(&state) {
    const std::vector<ThinnedElement>& thinned = state.thinning.elements();
    auto element = std::lower_bound(thinned.begin(), thinned.end(), shard.first,
                                    [](const ThinnedElement& at, std::uint32_t idx) { return at.idx < idx; });
    for (; element != thinned.end() && element->idx < shard.last; ++element) {
        const WindowPlan plan = state.thinning.plan(*element, state.clock);
        if (plan.windows > 1)
            include_windows(plan.level, element->start_close >> plan.level, plan.last_border);
    }
    for (Level& level : m_levels) {
        level.sums.resize(level.last_window - level.first_window);
        state.window_sums->fill(level.level, shard.first, level.first_window, level.sums);
    }
}

void ShardSums::include_windows(std::uint32_t level, std::uint64_t first_window, std::uint64_t last_window) {
    const auto found =
        std::find_if(m_levels.begin(), m_levels.end(), [&](const Level& at) { return at.level == level; });
    if (found == m_levels.end()) {
        m_levels.push_back({level, first_window, last_window, {}});
        return;
    }
    found->first_window = std::min(found->first_window, first_window);
    found->last_window = std::max(found->last_window, last_window);
}

void ShardSums::advance_past(std::uint32_t idx) {
    if (m_levels.empty()) return;
    const std::uint32_t close = m_state->clock.end_close(idx);
    if (close == m_state->closes.size()) return;
    const std::int64_t size = m_state->sizes.of_close(close);
    for (Level& level : m_levels) {
        const std::uint64_t window = (std::uint64_t{close} >> level.level) - level.first_window;
        // For a window before the first one, `window` wraps around to a large number.
        if (window < level.sums.size()) level.sums[window] += size;
    }
}

std::int64_t ShardSums::between(std::uint32_t level, std::uint64_t from, std::uint64_t to) const {
    const auto found =
        std::find_if(m_levels.begin(), m_levels.end(), [&](const Level& at) { return at.level == level; });
    std::int64_t sum = 0;
    for (std::uint64_t window = from; window < to; ++window) sum += found->sums[window - found->first_window];
    return sum;
}

ThinnedDrops::ThinnedDrops(const StackedTimelineState& state, const ShardSums& sums,
                           const ThinnedElement& element, std::int64_t start_offset)
    : m_state(&state),
      m_sums(&sums),
      m_element(element),
      m_plan(state.thinning.plan(element, state.clock)),
      m_start_offset(start_offset),
      m_offset(start_offset) {}

void ThinnedDrops::restart() {
    m_window = 0;
    m_offset = m_start_offset;
}

std::size_t ThinnedDrops::fill(std::span<Drop> drops) {
    for (std::size_t count = 0; count < drops.size(); ++count, ++m_window) {
        if (m_window == m_plan.windows) return count;
        const bool is_last = m_window + 1 == m_plan.windows;
        const auto first = static_cast<std::uint32_t>(begin_of(m_window));
        const std::uint32_t end = is_last ? m_state->clock.end_close(m_element.idx)
                                          : static_cast<std::uint32_t>(begin_of(m_window + 1));
        m_offset = is_last ? m_element.end_offset : m_offset - drop_in(m_window);
        // A close above this element does not move it, so no animation follows.
        const bool last_is_below = m_state->closes.idx(end - 1) < m_element.idx;
        const std::uint32_t last_step = m_state->clock.close_step(end - 1);
        drops[count] = {m_state->clock.close_step(first),
                        last_step + (last_is_below ? AnimationClock::k_drop_steps : 0), m_offset};
    }
    return drops.size();
}

// All closes before the start of the element were below it, so their bytes in the first window can be
// subtracted without looking at each of them.
std::int64_t ThinnedDrops::drop_in(std::uint32_t window) const {
    const std::uint64_t border = m_plan.first_border + window;
    if (window != 0) return m_sums->between(m_plan.level, border - 1, border);
    const std::uint64_t from = m_element.start_close >> m_plan.level;
    const WindowSums& all = *m_state->window_sums;
    return m_sums->between(m_plan.level, from, border) -
           (all.closed_before(m_element.start_close) - all.closed_before(m_plan.border(from)));
}

}  // namespace snapq::timeline
