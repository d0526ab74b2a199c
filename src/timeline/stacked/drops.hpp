// The drops of one element, in order and in batches. Private to timeline.
//
// A drop is a pair of points: (first_step, offset before it) and (second_step, offset after it). Exact
// elements have a drop for each close below them, thinned elements have one for each window. Both sources are
// cheap to restart. So the text, which has all steps before all offsets, is written in two passes, without a
// buffer of the length of the element.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "timeline/stacked/stacked_timeline_state.hpp"

namespace snapq::timeline {

struct Drop {
    std::uint32_t first_step = 0;
    std::uint32_t second_step = 0;
    std::int64_t after = 0;  // bytes
};

class ExactDrops {
public:
    ExactDrops(const StackedTimelineState& state, std::uint32_t idx, StackPosition start);

    void restart();
    // Writes the next drops to the front of `drops` and returns their number. A number below drops.size()
    // means that no more follow.
    std::size_t fill(std::span<Drop> drops);

private:
    const StackedTimelineState* m_state;
    StackPosition m_start;
    std::uint32_t m_idx;
    std::uint32_t m_end_close;
    CloseTree::Cursor m_cursor;
    std::int64_t m_offset;
};

// The window sums that a shard needs, for the elements below the current one.
class ShardSums {
public:
    ShardSums(const StackedTimelineState& state, const Shard& shard);

    // Makes `idx` + 1 the current element. Call it for each element of the shard in turn.
    void advance_past(std::uint32_t idx);

    // Bytes of the closes in windows [from, to) of that level, counting elements below the current one.
    [[nodiscard]] std::int64_t between(std::uint32_t level, std::uint64_t from, std::uint64_t to) const;

private:
    struct Level {
        std::uint32_t level = 0;
        std::uint64_t first_window = 0;
        std::uint64_t last_window = 0;  // one past the end
        std::vector<std::int64_t> sums;
    };

    void include_windows(std::uint32_t level, std::uint64_t first_window, std::uint64_t last_window);

    const StackedTimelineState* m_state;
    std::vector<Level> m_levels;  // only those in use: a handful
};

class ThinnedDrops {
public:
    ThinnedDrops(const StackedTimelineState& state, const ShardSums& sums, const ThinnedElement& element,
                 std::int64_t start_offset);

    void restart();
    std::size_t fill(std::span<Drop> drops);

private:
    [[nodiscard]] std::int64_t drop_in(std::uint32_t window) const;
    [[nodiscard]] std::uint64_t begin_of(std::uint32_t window) const {
        return window == 0 ? m_element.start_close : m_plan.border(m_plan.first_border + window - 1);
    }

    const StackedTimelineState* m_state;
    const ShardSums* m_sums;
    ThinnedElement m_element;
    WindowPlan m_plan;
    std::int64_t m_start_offset;
    std::uint32_t m_window = 0;
    std::int64_t m_offset = 0;
};

}  // namespace snapq::timeline
