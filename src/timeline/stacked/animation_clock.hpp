// The animation clock: the step at which each element starts and ends. Private to timeline.
//
// docs/timeline.md has the rule: the clock starts at 0, an alloc takes 1 step, a close takes 1 step, or 4 if
// live elements lie above the one that ends. When an alloc uses an open address, the close of the old element
// comes first. 12 bytes an element. Immutable after construction, so any number of threads may read it.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "timeline/replay/elements.hpp"

namespace snapq::timeline {

class AnimationClock {
public:
    // Steps between the two points of a drop. PyTorch's viewer animates the drop over them.
    static constexpr std::uint32_t k_drop_steps = 3;

    // `elements` must outlive the clock. Sets `drops` to the number of drops of each element: the closes of
    // smaller idx during its life. Throws InputError if the clock would pass `last_step`, which tests lower.
    // Takes O(n log n).
    AnimationClock(const Elements& elements, std::vector<std::uint32_t>& drops,
                   std::uint32_t last_step = std::numeric_limits<std::uint32_t>::max());

    [[nodiscard]] std::uint32_t start_step(std::uint32_t idx) const {
        const std::uint32_t first = m_elements->preexisting_count();
        return idx < first ? 0 : m_start_step[idx - first];
    }
    [[nodiscard]] std::uint32_t end_step(std::uint32_t idx) const {
        const std::uint32_t close = m_end_close[idx];
        return close == close_count() ? m_final_step : m_close_step[close];
    }
    [[nodiscard]] std::uint32_t final_step() const { return m_final_step; }

    // Number of steps before `event`. O(log n).
    [[nodiscard]] std::uint32_t step_of_event(std::uint32_t event) const;

    [[nodiscard]] std::uint32_t close_count() const {
        return static_cast<std::uint32_t>(m_close_step.size());
    }
    // Step at which close number `close` begins; ascending.
    [[nodiscard]] std::uint32_t close_step(std::uint32_t close) const { return m_close_step[close]; }
    // Position of the element in Elements::closes; close_count() if it is live at the end.
    [[nodiscard]] std::uint32_t end_close(std::uint32_t idx) const { return m_end_close[idx]; }

private:
    struct Builder;

    const Elements* m_elements;
    std::vector<std::uint32_t> m_start_step;  // of the elements of the trace; the others start at 0
    std::vector<std::uint32_t> m_end_close;
    std::vector<std::uint32_t> m_close_step;
    std::uint32_t m_final_step = 0;
};

}  // namespace snapq::timeline
