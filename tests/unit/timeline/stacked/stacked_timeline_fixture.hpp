// Builds traces by hand, and has a second, simple implementation of their timeline to compare with.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/random.hpp"
#include "timeline/stacked/stacked_timeline.hpp"

namespace snapq::timeline::tests {

using snapq::tests::Random;

// Builds a snapshot of one device together with its replay, event by event.
class TraceBuilder {
public:
    // Memory from before the trace; add all of it first. Returns its idx. A kept element must not be closed.
    std::uint32_t kept(std::int64_t size);
    std::uint32_t freed_later(std::int64_t size);
    std::uint32_t alloc(std::int64_t size);
    void close(std::uint32_t idx);
    // An alloc at the address of the live element `over`, which it closes in the same event.
    std::uint32_t alloc_over(std::uint32_t over, std::int64_t size);
    void other();  // an event that takes no step

    // Call it once, at the end. Both results are valid as long as the builder.
    const Replay& finish();
    [[nodiscard]] const snapshot::Snapshot& snapshot() const { return m_snapshot; }
    [[nodiscard]] const Replay& replay() const { return m_replay; }  // after finish()
    [[nodiscard]] std::uint32_t element_count() const { return m_replay.elements.size(); }

private:
    std::uint32_t append_event(snapshot::Action action, std::int64_t size);
    std::uint32_t append_element(std::uint32_t source);
    void end(std::uint32_t idx, std::uint32_t event);

    snapshot::Snapshot m_snapshot;
    snapshot::DeviceTrace m_trace;
    Replay m_replay;
    std::vector<std::int64_t> m_freed_sizes;
};

inline std::uint32_t TraceBuilder::append_event(snapshot::Action action, std::int64_t size) {
    snapshot::EventShape shape;
    shape.action = action;
    shape.size = size;
    shape.has_size = true;
    const auto event = static_cast<std::uint32_t>(m_trace.events.size());
    m_trace.events.append(0, snapshot::ShapeId(m_snapshot.event_tables.shapes.intern(shape)), {},
                          std::nullopt);
    return event;
}

inline std::uint32_t TraceBuilder::append_element(std::uint32_t source) {
    Elements& elements = m_replay.elements;
    elements.source.push_back(source);
    elements.free_requested.push_back(Elements::k_none);
    elements.end.push_back(Elements::k_none);
    elements.flags.push_back(0);
    return elements.size() - 1;
}

inline void TraceBuilder::end(std::uint32_t idx, std::uint32_t event) {
    Elements& elements = m_replay.elements;
    elements.end[idx] = event;
    elements.closes.push_back(idx);
    if (elements.origin(idx) == Origin::preexisting_freed) elements.source[idx] = event;
}

inline std::uint32_t TraceBuilder::kept(std::int64_t size) {
    snapshot::Block block;
    block.state = snapshot::BlockState::active_allocated;
    block.requested = size;
    m_snapshot.blocks.push_back(block);
    ++m_replay.elements.kept_count;
    return append_element(static_cast<std::uint32_t>(m_snapshot.blocks.size() - 1));
}

inline std::uint32_t TraceBuilder::freed_later(std::int64_t size) {
    m_freed_sizes.push_back(size);
    ++m_replay.elements.freed_count;
    return append_element(Elements::k_none);
}

inline std::uint32_t TraceBuilder::alloc(std::int64_t size) {
    return append_element(append_event(snapshot::Action::alloc, size));
}

inline void TraceBuilder::close(std::uint32_t idx) {
    const Elements& elements = m_replay.elements;
    const bool is_freed = elements.origin(idx) == Origin::preexisting_freed;
    end(idx, append_event(snapshot::Action::free_completed,
                          is_freed ? m_freed_sizes[idx - elements.kept_count] : 0));
}

inline std::uint32_t TraceBuilder::alloc_over(std::uint32_t over, std::int64_t size) {
    const std::uint32_t event = append_event(snapshot::Action::alloc, size);
    end(over, event);
    return append_element(event);
}

inline void TraceBuilder::other() {
    append_event(snapshot::Action::segment_alloc, 0);
}

inline const Replay& TraceBuilder::finish() {
    Elements& elements = m_replay.elements;
    for (std::uint32_t idx = elements.kept_count; idx < elements.preexisting_count(); ++idx) {
        // Its free was requested, but never completed.
        if (elements.end[idx] == Elements::k_none) {
            elements.source[idx] =
                append_event(snapshot::Action::free_requested, m_freed_sizes[idx - elements.kept_count]);
        }
    }
    m_replay.trace = &m_trace;
    return m_replay;
}

using Point = std::pair<std::uint32_t, std::int64_t>;

struct NaiveElement {
    std::vector<Point> points;
    std::uint64_t drops = 0;
    std::uint64_t device_closes = 0;  // during its life
    std::int64_t size = 0;
    bool live = false;
};

// Follows docs/timeline.md word by word, and visits all live elements at each close. Quadratic.
struct NaiveTimeline {
    std::vector<NaiveElement> elements;
    std::vector<std::uint32_t> event_steps;
    std::uint32_t final_step = 0;
    std::uint64_t point_count = 0;

    NaiveTimeline(const snapshot::Snapshot& snapshot, const Replay& replay);
};

inline NaiveTimeline::NaiveTimeline(const snapshot::Snapshot& snapshot, const Replay& replay) {
    const ElementReader reader(snapshot, replay.trace, replay.elements);
    const Elements& replayed = replay.elements;
    std::uint32_t step = 0;
    std::int64_t total = 0;
    std::vector<std::int64_t> offsets;
    const auto start = [&](std::uint32_t idx) {
        offsets.push_back(total);
        elements.push_back({{{step, total}}, 0, 0, reader.size(idx), true});
        total += reader.size(idx);
    };
    const auto close = [&](std::uint32_t idx) {
        elements[idx].points.emplace_back(step, offsets[idx]);
        elements[idx].live = false;
        total -= elements[idx].size;
        bool moved = false;
        for (std::uint32_t above = 0; above < elements.size(); ++above) {
            if (!elements[above].live) continue;
            ++elements[above].device_closes;
            if (above < idx) continue;
            elements[above].points.emplace_back(step, offsets[above]);
            offsets[above] -= elements[idx].size;
            elements[above].points.emplace_back(step + 3, offsets[above]);
            ++elements[above].drops;
            moved = true;
        }
        step += moved ? 4 : 1;
    };
    for (std::uint32_t idx = 0; idx < replayed.preexisting_count(); ++idx) start(idx);
    std::size_t closed = 0;
    for (std::uint32_t event = 0; event < replay.trace->events.size(); ++event) {
        event_steps.push_back(step);
        if (closed < replayed.closes.size() && replayed.end[replayed.closes[closed]] == event) {
            close(replayed.closes[closed++]);
        }
        const auto next = static_cast<std::uint32_t>(elements.size());
        if (next < replayed.size() && replayed.source[next] == event) {
            start(next);
            step += 1;
        }
    }
    final_step = step;
    for (std::size_t idx = 0; idx < elements.size(); ++idx) {
        if (elements[idx].live) elements[idx].points.emplace_back(step, offsets[idx]);
        point_count += elements[idx].points.size();
    }
}

inline std::string text_of(const NaiveElement& element) {
    std::string steps;
    std::string offsets;
    for (const auto& [step, offset] : element.points) {
        steps += fmt::format("{}{}", steps.empty() ? "" : ",", step);
        offsets += fmt::format("{}{}", offsets.empty() ? "" : ",", offset);
    }
    return fmt::format("{{\"timesteps\":[{}],\"offsets\":[{}],\"size\":{}}}", steps, offsets, element.size);
}

inline std::string text_of(const NaiveTimeline& timeline) {
    std::string text;
    for (const NaiveElement& element : timeline.elements)
        text += (text.empty() ? "" : ",\n") + text_of(element);
    return text;
}

inline std::string text_of(const StackedTimeline& stacked_timeline, const Shard& shard) {
    std::string text;
    stacked_timeline.render(shard, [&](std::string_view piece) { text += piece; });
    return text;
}

inline std::string text_of(const StackedTimeline& stacked_timeline) {
    std::string text;
    for (const Shard& shard : stacked_timeline.shards()) text += text_of(stacked_timeline, shard);
    return text;
}

}  // namespace snapq::timeline::tests
