#include "timeline/stacked/animation_clock.hpp"

#include <algorithm>

#include "support/error.hpp"
#include "support/numbers.hpp"
#include "timeline/stacked/fenwick.hpp"

namespace snapq::timeline {

// Visits allocs and closes in the order of the trace. While an element is live, `drops` holds the number of
// closes before its start. All these closes are below it; for elements from before the trace there are none.
struct AnimationClock::Builder {
    AnimationClock& clock;
    const Elements& elements;
    std::vector<std::uint32_t>& drops;
    RankSet closed;
    std::uint32_t started;
    std::uint32_t closes = 0;
    std::uint64_t step = 0;

    void start() {
        clock.m_start_step.push_back(static_cast<std::uint32_t>(step));
        drops[started++] = closes;
        step += 1;
    }

    void close() {
        const std::uint32_t idx = elements.closes[closes];
        const std::uint32_t closed_below = closed.below(idx);
        const std::uint32_t above = started - idx - 1;
        const std::uint32_t closed_above = closes - closed_below;
        drops[idx] = closed_below - drops[idx];
        clock.m_close_step.push_back(static_cast<std::uint32_t>(step));
        clock.m_end_close[idx] = closes++;
        closed.insert(idx);
        step += above > closed_above ? 1 + k_drop_steps : 1;
    }

    void finish() {
        std::uint32_t closed_below = 0;
        for (std::uint32_t idx = 0; idx < elements.size(); ++idx) {
            if (closed.contains(idx)) {
                ++closed_below;
            } else {
                drops[idx] = closed_below - drops[idx];
            }
        }
        clock.m_final_step = static_cast<std::uint32_t>(step);
    }
};

AnimationClock::AnimationClock(const Elements& elements, std::vector<std::uint32_t>& drops,
                               std::uint32_t last_step)
    : m_elements(&elements) {
    const std::uint32_t count = elements.size();
    const auto close_count = static_cast<std::uint32_t>(elements.closes.size());
    m_start_step.reserve(count - elements.preexisting_count());
    m_close_step.reserve(close_count);
    m_end_close.assign(count, close_count);
    drops.assign(count, 0);

    Builder builder{*this, elements, drops, RankSet(count), elements.preexisting_count()};
    const auto close_event = [&](std::uint32_t close) {
        return close < close_count ? std::uint64_t{elements.end[elements.closes[close]]} : ~std::uint64_t{0};
    };
    std::uint64_t next_close = close_event(0);
    while (builder.started < count || builder.closes < close_count) {
        if (builder.started < count && elements.source[builder.started] < next_close) {
            builder.start();
        } else {
            builder.close();
            next_close = close_event(builder.closes);
        }
        if (builder.step > last_step) {
            throw InputError(
                fmt::format("the timeline of this trace would take more than {} animation steps", last_step));
        }
    }
    builder.finish();
}

std::uint32_t AnimationClock::step_of_event(std::uint32_t event) const {
    // The next alloc or close from this event on starts at the step that the clock shows before it.
    const std::uint32_t first = m_elements->preexisting_count();
    const std::uint32_t alloc = first_not_before(
        first, m_elements->size(), [&](std::uint32_t idx) { return m_elements->source[idx] < event; });
    const std::uint32_t close = first_not_before(0, close_count(), [&](std::uint32_t position) {
        return m_elements->end[m_elements->closes[position]] < event;
    });
    const std::uint32_t next_start = alloc < m_elements->size() ? m_start_step[alloc - first] : m_final_step;
    const std::uint32_t next_close = close < close_count() ? m_close_step[close] : m_final_step;
    return std::min(next_start, next_close);
}

}  // namespace snapq::timeline
