#include "timeline/tables/phases.hpp"

#include <algorithm>

namespace snapq::timeline {
namespace {

// If fewer elements have the same stack for their alloc and their free, this may be chance.
constexpr std::int64_t k_fewest_repeated = 10;

// The phase of each event that allocates or frees an element, by event.
BlockVector<std::uint8_t> phases_by_event(const DeviceView& view, const ElementPhases& phases) {
    BlockVector<std::uint8_t> by_event;
    by_event.resize(static_cast<std::size_t>(view.event_count()), static_cast<std::uint8_t>(Phase::none));
    const auto mark = [&](std::uint32_t event, Phase phase) {
        if (event != Elements::k_none) by_event[event] = static_cast<std::uint8_t>(phase);
    };
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        mark(view.elements.alloc_event(idx), phases.of_alloc(idx));
        mark(phases.free_event(idx), phases.of_free(idx));
    }
    return by_event;
}

// Collects marks in the order of their events.
class MarkReader {
public:
    void add(std::uint32_t event, Phase phase) {
        if (phase == Phase::none) return;
        if (phase == Phase::forward || phase == Phase::backward || phase == Phase::optimizer) {
            if (!m_marks.first) m_marks.first = event;
        }
        if (phase == Phase::forward || phase == Phase::backward) m_marks.last_model = event;
        add_run(event, phase);
        add_forward(event, phase);
        if (phase == Phase::backward && m_last != Phase::backward) m_marks.backwards.push_back(event);
        m_last = phase;
    }

    [[nodiscard]] PhaseMarks take() {
        if (m_optimizer_end) m_marks.optimizer_ends.push_back(*m_optimizer_end);
        m_marks.has_optimizer = !m_runs.empty();
        m_marks.boundaries = m_runs.empty() ? std::move(m_forwards) : std::move(m_runs);
        return std::move(m_marks);
    }

private:
    // Only work of the model ends a run: a step of the optimizer may also free gradients and communicate.
    void add_run(std::uint32_t event, Phase phase) {
        if (phase == Phase::optimizer) {
            if (!m_in_run) m_runs.push_back(event);
            m_in_run = true;
            m_optimizer_end = event + 1;
        } else if (phase == Phase::forward || phase == Phase::backward || phase == Phase::checkpoint) {
            m_in_run = false;
        }
    }

    void add_forward(std::uint32_t event, Phase phase) {
        if (phase == Phase::backward) m_after_backward = true;
        if (phase != Phase::forward) return;
        m_marks.has_forward = true;
        if (m_optimizer_end) m_marks.optimizer_ends.push_back(*m_optimizer_end);
        m_optimizer_end.reset();
        if (m_after_backward) m_forwards.push_back(event);
        m_after_backward = false;
    }

    PhaseMarks m_marks;
    BlockVector<std::uint32_t> m_runs;
    BlockVector<std::uint32_t> m_forwards;
    Phase m_last = Phase::none;
    // The event after the latest one of the optimizer since a forward.
    std::optional<std::uint32_t> m_optimizer_end;
    bool m_in_run = false;
    bool m_after_backward = false;
};

// The event of the first allocation behind `oom` that is work of a forward.
std::uint32_t next_forward_alloc(const DeviceView& view, const ElementPhases& phases, std::int64_t oom) {
    for (std::uint32_t idx = view.elements_before(oom); idx < view.elements.size(); ++idx) {
        const Phase phase = phases.of_alloc(idx);
        if (phase == Phase::forward || phase == Phase::checkpoint) return view.elements.source[idx];
    }
    return Elements::k_none;
}

// An error between another one and what resumes after it adds nothing: no forward has allocated in between.
std::vector<FailedForward> find_failed_forwards(const DeviceView& view, const ElementPhases& phases,
                                                std::span<const std::int64_t> ooms) {
    std::vector<FailedForward> failed;
    for (const std::int64_t oom : ooms) {
        if (!failed.empty() && oom < std::int64_t{failed.back().resumed}) continue;
        failed.push_back({static_cast<std::uint32_t>(oom), next_forward_alloc(view, phases, oom)});
    }
    return failed;
}

}  // namespace

ElementPhases::ElementPhases(const DeviceView& view, const frames::StackPhases& stacks)
    : m_view(view), m_stacks(stacks) {
    find_repeated_stacks();
    if (!stacks.any_cpp()) find_stackless_backward();
}

// Recorders before PyTorch 2.1 can give a free the stack of its alloc, which says nothing about the free.
void ElementPhases::find_repeated_stacks() {
    std::int64_t repeated = 0;
    for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
        const snapshot::StackId alloc = alloc_stack(idx);
        const snapshot::StackId free = m_view.reader.free_stack(idx);
        if (m_stacks.of(alloc).phase == Phase::none || m_stacks.of(free).phase == Phase::none) continue;
        if (alloc != free) return;
        ++repeated;
    }
    m_frees_repeat_allocs = repeated >= k_fewest_repeated;
}

// The threads of autograd have no Python frames, so in a recording without C++ frames they have no stack.
// Events without a stack between the first forward and the last step of the optimizer count as theirs.
void ElementPhases::find_stackless_backward() {
    std::uint32_t first_forward = Elements::k_none;
    std::uint32_t last_optimizer = 0;
    const auto look_at = [&](std::uint32_t event, Phase phase) {
        if (event == Elements::k_none) return;
        if (phase == Phase::forward) first_forward = std::min(first_forward, event);
        if (phase == Phase::optimizer) last_optimizer = std::max(last_optimizer, event);
    };
    for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
        look_at(m_view.elements.alloc_event(idx), of_alloc(idx));
        look_at(free_event(idx), of_free(idx));
    }
    if (first_forward >= last_optimizer) return;
    std::int64_t inferred = 0;
    const auto count = [&](std::uint32_t event, Phase phase) {
        if (event == Elements::k_none || phase != Phase::none) return;
        if (event > first_forward && event < last_optimizer) ++inferred;
    };
    for (std::uint32_t idx = 0; idx < m_view.elements.size(); ++idx) {
        count(m_view.elements.alloc_event(idx), of_alloc(idx));
        if (!m_frees_repeat_allocs) count(free_event(idx), of_free(idx));
    }
    m_first_inferred = first_forward;
    m_end_inferred = last_optimizer;
    m_inferred = inferred;
}

PhaseMarks find_phase_marks(const DeviceView& view, const ElementPhases& phases,
                            std::span<const std::int64_t> ooms) {
    const BlockVector<std::uint8_t> by_event = phases_by_event(view, phases);
    MarkReader reader;
    for (std::uint32_t event = 0; event < by_event.size(); ++event)
        reader.add(event, static_cast<Phase>(by_event[event]));
    PhaseMarks marks = reader.take();
    marks.failed_forwards = find_failed_forwards(view, phases, ooms);
    return marks;
}

}  // namespace snapq::timeline
