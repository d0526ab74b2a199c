// The phases of one device on its axis of events: in which phase each element was allocated and freed, and
// where the steps of the optimizer are. docs/categories.md has the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "frames/phase.hpp"
#include "support/block_vector.hpp"
#include "timeline/tables/device_view.hpp"

namespace snapq::timeline {

using frames::Phase;

// The phases of the two stacks of each element. Looks up everything when it is asked, so it takes no memory
// for elements. The arguments must outlive it.
class ElementPhases {
public:
    // Three passes over the elements.
    ElementPhases(const DeviceView& view, const frames::StackPhases& stacks);

    // The stack that allocated the element; `none` if it is not known.
    [[nodiscard]] snapshot::StackId alloc_stack(std::uint32_t idx) const {
        if (m_view.elements.origin(idx) == Origin::preexisting_freed) return {};
        return m_view.reader.stack(idx);
    }
    // Phase::none if the phase is not known.
    [[nodiscard]] Phase of_alloc(std::uint32_t idx) const {
        const Phase phase = m_stacks.of(alloc_stack(idx)).phase;
        return phase == Phase::none && is_inferred(m_view.elements.alloc_event(idx)) ? Phase::backward
                                                                                     : phase;
    }
    [[nodiscard]] Phase of_free(std::uint32_t idx) const {
        if (m_frees_repeat_allocs) return Phase::none;
        const Phase phase = m_stacks.of(m_view.reader.free_stack(idx)).phase;
        return phase == Phase::none && is_inferred(free_event(idx)) ? Phase::backward : phase;
    }
    // The event of the free, whose stack counts: the request, or the completion if there is no request.
    // Elements::k_none if there is none.
    [[nodiscard]] std::uint32_t free_event(std::uint32_t idx) const {
        const std::uint32_t requested = m_view.elements.free_requested[idx];
        return requested != Elements::k_none ? requested : m_view.elements.free_completed(idx);
    }
    // Allocations and frees without a stack that count as work of the backward pass.
    [[nodiscard]] std::int64_t inferred() const { return m_inferred; }

private:
    [[nodiscard]] bool is_inferred(std::uint32_t event) const {
        return event > m_first_inferred && event < m_end_inferred;
    }
    void find_repeated_stacks();
    void find_stackless_backward();

    const DeviceView& m_view;
    const frames::StackPhases& m_stacks;
    bool m_frees_repeat_allocs = false;
    // Events without a stack between these two are work of the backward pass. Empty unless it was inferred.
    std::uint32_t m_first_inferred = Elements::k_none;
    std::uint32_t m_end_inferred = 0;
    std::int64_t m_inferred = 0;
};

// From an out-of-memory error to the next allocation of a forward or of a recomputation: nothing of the
// forward that failed goes on in between.
struct FailedForward {
    std::uint32_t oom = 0;
    std::uint32_t resumed = Elements::k_none;  // Elements::k_none: there is no such allocation
};

// Where the phases of a device begin, from the allocs and frees that have a phase. Events ascend.
struct PhaseMarks {
    // The first event of each run of the optimizer, at which a step ends. A trace without optimizer has the
    // forwards that follow a backward instead.
    BlockVector<std::uint32_t> boundaries;
    // The first event of each run of backward events.
    BlockVector<std::uint32_t> backwards;
    // The event after the last optimizer event before each next forward, or before the end of the trace: here
    // a step ends, also if it has several runs.
    BlockVector<std::uint32_t> optimizer_ends;
    // The last event of a forward or backward.
    std::optional<std::uint32_t> last_model;
    // The first event of a forward, backward or optimizer.
    std::optional<std::uint32_t> first;
    std::vector<FailedForward> failed_forwards;  // ascending, without overlaps
    bool has_forward = false;
    bool has_optimizer = false;
};

// One pass over the elements and one over the events. Needs a byte an event while it runs. `ooms`: the
// out-of-memory errors that count, ascending.
[[nodiscard]] PhaseMarks find_phase_marks(const DeviceView& view, const ElementPhases& phases,
                                          std::span<const std::int64_t> ooms);

}  // namespace snapq::timeline
