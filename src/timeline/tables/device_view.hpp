// One replayed device and its moments, for the functions that make the precomputed tables.
//
// Events are -1 (before the first) to last_event(). "After event e" includes everything that e does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/numbers.hpp"
#include "timeline/replay/elements.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

class DeviceView {
public:
    // Both arguments must outlive the view.
    DeviceView(const snapshot::Snapshot& snapshot_of_all, const Replay& replay_of_device)
        : snapshot(snapshot_of_all),
          replay(replay_of_device),
          elements(replay_of_device.elements),
          reader(snapshot_of_all, replay_of_device.trace, replay_of_device.elements),
          segments(replay_of_device.segments) {}

    [[nodiscard]] std::int64_t event_count() const {
        return replay.trace == nullptr ? 0 : static_cast<std::int64_t>(replay.trace->events.size());
    }
    [[nodiscard]] std::int64_t last_event() const { return event_count() - 1; }

    // For events 0 to last_event().
    [[nodiscard]] const snapshot::EventShape& shape(std::int64_t event) const {
        return snapshot.event_tables.shapes[replay.trace->events.shape(at(event)).value()];
    }
    [[nodiscard]] std::uint64_t address(std::int64_t event) const {
        return snapshot.event_tables.address(replay.trace->events.address_id(at(event)));
    }
    // Event -1 has no time.
    [[nodiscard]] std::optional<std::int64_t> time_us(std::int64_t event) const {
        if (event < 0) return std::nullopt;
        return replay.trace->events.time_us(at(event));
    }
    [[nodiscard]] snapshot::StackId stack(std::int64_t event) const {
        return event < 0 ? snapshot::StackId() : replay.trace->events.stack(at(event));
    }

    // Whether the file has the segments that the device has at the end; it may have none.
    [[nodiscard]] bool final_segments_known() const { return replay.reserved.final_segments_known; }

    // Whether it also has their blocks.
    [[nodiscard]] bool final_blocks_known() const {
        return final_segments_known() && std::ranges::all_of(segments, &snapshot::Segment::has_blocks);
    }

    [[nodiscard]] std::span<const snapshot::Block> blocks_of(const snapshot::Segment& segment) const {
        return std::span(snapshot.blocks).subspan(segment.first_block, segment.block_count);
    }

    // Calls visit(idx) for each element that is live after `event`, in order of idx.
    template <typename Visit>
    void for_each_live(std::int64_t event, Visit&& visit) const {
        const std::uint32_t end = elements_before(event);
        for (std::uint32_t idx = 0; idx < end; ++idx) {
            const std::uint32_t last = elements.end[idx];
            if (last == Elements::k_none || std::int64_t{last} > event) visit(idx);
        }
    }

    // Number of elements that start at `event` or before. Elements are in the order of their start.
    [[nodiscard]] std::uint32_t elements_before(std::int64_t event) const {
        const std::uint32_t preexisting = elements.preexisting_count();
        return preexisting + count_until(preexisting, elements.size(), event,
                                         [&](std::uint32_t idx) { return elements.source[idx]; });
    }

    // Number of elements that are live after `event`.
    [[nodiscard]] std::uint32_t live_count(std::int64_t event) const {
        return elements_before(event) - closes_until(event);
    }

    // The event of the program's free, which may complete later. -1 for a block that was freed before the
    // trace and is still pending; nullopt if no free was requested.
    [[nodiscard]] std::optional<std::int64_t> free_requested_at(std::uint32_t idx) const {
        const std::uint32_t request = elements.free_requested[idx];
        if (request != Elements::k_none) return request;
        const snapshot::Block* block = reader.block(idx);
        const bool was_pending =
            block != nullptr && block->state == snapshot::BlockState::active_pending_free;
        return was_pending ? std::optional<std::int64_t>(-1) : std::nullopt;
    }

    // Whether no element starts or ends and no segment event happens in (first, last].
    [[nodiscard]] bool nothing_changes_between(std::int64_t first, std::int64_t last) const {
        return elements_before(first) == elements_before(last) && closes_until(first) == closes_until(last) &&
               segment_events_until(first) == segment_events_until(last);
    }

    const snapshot::Snapshot& snapshot;
    const Replay& replay;
    const Elements& elements;
    const ElementReader reader;
    const SegmentsByDevice::Segments& segments;

private:
    static std::size_t at(std::int64_t event) { return static_cast<std::size_t>(event); }

    // How many of the numbers [first, last) have an event that is not later than `event`; their events
    // ascend.
    template <typename EventOf>
    static std::uint32_t count_until(std::uint32_t first, std::size_t last, std::int64_t event,
                                     EventOf&& event_of) {
        const auto end = static_cast<std::uint32_t>(last);
        const auto is_not_later = [&](std::uint32_t i) { return std::int64_t{event_of(i)} <= event; };
        return first_not_before(first, end, is_not_later) - first;
    }
    [[nodiscard]] std::uint32_t closes_until(std::int64_t event) const {
        return count_until(0, elements.closes.size(), event,
                           [&](std::uint32_t i) { return elements.end[elements.closes[i]]; });
    }
    [[nodiscard]] std::uint32_t segment_events_until(std::int64_t event) const {
        return count_until(0, replay.reserved.events.size(), event,
                           [&](std::uint32_t i) { return replay.reserved.events[i]; });
    }
};

// Visits the starts and ends of elements in time order. For each event with one of them, calls end(idx) for
// the elements that end there, then start(idx) for those that start there, then after(event). Elements from
// before the trace have no start.
template <typename End, typename Start, typename After>
void walk_lifetimes(const Elements& elements, End&& end, Start&& start, After&& after) {
    const auto event_of_start = [&](std::uint32_t idx) {
        return idx < elements.size() ? elements.source[idx] : Elements::k_none;
    };
    const auto event_of_close = [&](std::size_t at) {
        return at < elements.closes.size() ? elements.end[elements.closes[at]] : Elements::k_none;
    };
    std::uint32_t next = elements.preexisting_count();
    std::size_t close = 0;
    for (;;) {
        const std::uint32_t event = std::min(event_of_start(next), event_of_close(close));
        if (event == Elements::k_none) return;
        for (; event_of_close(close) == event; ++close) end(elements.closes[close]);
        for (; event_of_start(next) == event; ++next) start(next);
        after(std::int64_t{event});
    }
}

// A moment for which the tables have everything that was live.
struct Moment {
    std::string name;         // start, peak, reserved-peak, end, oom:N
    std::int64_t event = -1;  // the state after it
};

// Only this many OOMs get moments, because a program that tries again may have thousands with the same
// memory. Table `oom` has the others.
inline constexpr std::size_t k_detailed_ooms = 32;

inline constexpr std::string_view k_oom_moment = "oom:";  // followed by the number of the OOM, from 0

// `figures` as make_figures leaves them; `ooms` ascend.
[[nodiscard]] inline std::vector<Moment> moments_of(const report::DeviceFigures& figures,
                                                    std::span<const std::int64_t> ooms) {
    std::vector<Moment> moments{{"start", -1}, {"peak", *figures.peak_event}};
    if (figures.peak_reserved_event) moments.push_back({"reserved-peak", *figures.peak_reserved_event});
    moments.push_back({"end", *figures.event_count - 1});
    for (std::size_t i = 0; i < ooms.size() && i < k_detailed_ooms; ++i) {
        moments.push_back({std::string(k_oom_moment) + std::to_string(i), ooms[i]});
    }
    return moments;
}

// Table `pool_fragmentation` has these moments as well, event:N, evenly spaced over the trace.
inline constexpr std::int64_t k_sampled_moments = 16;

[[nodiscard]] inline std::vector<Moment> sampled_moments(std::int64_t event_count) {
    std::vector<Moment> moments;
    const std::int64_t count = std::min(event_count, k_sampled_moments);
    for (std::int64_t i = 0; i < count; ++i) {
        // Less than 2^32 events times 16.
        const std::int64_t event = event_count * i / count;
        moments.push_back({"event:" + std::to_string(event), event});
    }
    return moments;
}

}  // namespace snapq::timeline
