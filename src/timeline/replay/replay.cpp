#include "timeline/replay/replay.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "support/devices.hpp"
#include "timeline/replay/final_state.hpp"
#include "timeline/replay/scan.hpp"

namespace snapq::timeline {
namespace {

// Null if the device has no events.
const snapshot::DeviceTrace* find_trace(const snapshot::Snapshot& snapshot, std::int64_t device) {
    for (const snapshot::DeviceTrace& trace : snapshot.traces) {
        if (trace.device == device && trace.events.size() > 0) return &trace;
    }
    return nullptr;
}

// `kept`: indexes of blocks in the order of their discovery. The last one gets idx 0.
Elements elements_of_blocks(const BlockVector<std::uint32_t>& kept) {
    Elements elements;
    elements.kept_count = static_cast<std::uint32_t>(kept.size());
    for (std::size_t rank = kept.size(); rank > 0; --rank) elements.source.push_back(kept[rank - 1]);
    elements.free_requested.resize(kept.size(), Elements::k_none);
    elements.end.resize(kept.size(), Elements::k_none);
    elements.flags.resize(kept.size(), 0);
    return elements;
}

}  // namespace

std::vector<std::int64_t> devices_of(const snapshot::Snapshot& snapshot) {
    std::set<std::int64_t, DeviceOrder> devices;
    for (const snapshot::DeviceTrace& trace : snapshot.traces) {
        if (trace.events.size() > 0) devices.insert(trace.device);
    }
    for (const snapshot::Segment& segment : snapshot.segments) devices.insert(segment.device);
    return {devices.begin(), devices.end()};
}

Replay replay_device(const snapshot::Snapshot& snapshot, const SegmentsByDevice& segments,
                     std::int64_t device, Preexisting preexisting) {
    Replay replay;
    replay.device = device;
    replay.trace = find_trace(snapshot, device);
    replay.segments = segments.of(device);
    replay.default_pool = segments.default_pool();
    AnomalyTally anomalies;

    std::vector<ShapeTraits> traits;
    std::optional<ReplayScan> scan;
    if (replay.trace != nullptr) {
        traits = traits_of_shapes(snapshot, replay.trace->events);
        scan.emplace(snapshot, *replay.trace, traits, preexisting, anomalies);
    }
    const auto kept = find_kept_blocks(snapshot, replay.segments, scan ? &*scan : nullptr, anomalies);
    if (preexisting == Preexisting::all) {
        replay.elements = elements_of_blocks(kept);
    } else {
        replay.survivors_left_out = kept.size() > 0;
    }
    if (scan) {
        replay.completions_recorded = scan->completions_recorded();
        scan->append_to(replay.elements);
        replay.reproduced = scan->take_reproduced();
    }
    replay.annotated = find_annotated(snapshot, replay);
    mark_annotated(replay);
    const bool leaves_live = replay.elements.size() > replay.elements.closes.size();
    replay.reserved =
        find_reserved_curve(snapshot, segments, device, replay.trace, traits, leaves_live, anomalies);
    replay.anomalies = anomalies.counts(device);
    return replay;
}

namespace {

// The `annotate` events at one address, ascending, and the latest element there so far.
struct Notes {
    std::vector<std::uint32_t> events;
    std::size_t joined = 0;  // events before this position have been given to an element
    std::uint32_t latest = Elements::k_none;

    // Gives the events before `end` to the latest element.
    void join_until(std::uint32_t end, std::vector<AnnotatedElement>& to) {
        for (; joined < events.size() && events[joined] < end; ++joined) {
            if (latest != Elements::k_none) to.push_back({latest, events[joined]});
        }
    }
};
using NotesByAddress = std::unordered_map<std::uint32_t, Notes>;

bool has_annotations(const snapshot::EventTables& tables) {
    for (std::uint32_t shape = 0; shape < tables.shapes.size(); ++shape) {
        if (tables.shapes[shape].action == snapshot::Action::annotate) return true;
    }
    return false;
}

NotesByAddress notes_of(const snapshot::Snapshot& snapshot, const snapshot::EventLog& events) {
    NotesByAddress notes;
    const auto& shapes = snapshot.event_tables.shapes;
    // Nearly all files have none, which their few shapes tell without a look at the events.
    if (shapes.size() < events.size() && !has_annotations(snapshot.event_tables)) return notes;
    for (std::size_t event = 0; event < events.size(); ++event) {
        const snapshot::EventShape& shape = shapes[events.shape(event).value()];
        if (shape.action != snapshot::Action::annotate || !shape.has_address || !shape.user_metadata)
            continue;
        if (snapshot.symbols.text(shape.user_metadata).empty()) continue;
        notes[events.address_id(event)].events.push_back(static_cast<std::uint32_t>(event));
    }
    return notes;
}

// The address of an element from before the trace is known from its block, and may be in no event.
std::optional<std::uint32_t> address_of(const snapshot::Snapshot& snapshot, const Replay& replay,
                                        std::uint32_t idx) {
    if (replay.elements.origin(idx) != Origin::preexisting_kept)
        return replay.trace->events.address_id(replay.elements.source[idx]);
    return snapshot.event_tables.find_address(snapshot.blocks[replay.elements.source[idx]].address);
}

}  // namespace

std::vector<AnnotatedElement> find_annotated(const snapshot::Snapshot& snapshot, const Replay& replay) {
    std::vector<AnnotatedElement> annotated;
    if (replay.trace == nullptr) return annotated;
    NotesByAddress notes = notes_of(snapshot, replay.trace->events);
    if (notes.empty()) return annotated;
    // Elements are in the order of their start.
    for (std::uint32_t idx = 0; idx < replay.elements.size(); ++idx) {
        const auto address = address_of(snapshot, replay, idx);
        const auto found = address ? notes.find(*address) : notes.end();
        if (found == notes.end()) continue;
        const std::uint32_t start = replay.elements.alloc_event(idx);
        if (start != Elements::k_none) found->second.join_until(start, annotated);
        found->second.latest = idx;
    }
    for (auto& [address, of_address] : notes) of_address.join_until(Elements::k_none, annotated);
    std::ranges::sort(annotated, {},
                      [](const AnnotatedElement& each) { return std::pair(each.idx, each.event); });
    return annotated;
}

void mark_annotated(Replay& replay) {
    const auto mark = [&](std::uint32_t idx, std::uint32_t event, ElementFlag flag) {
        if (event == Elements::k_none || !replay.reproduced[event]) return;
        replay.reproduced[event] = false;
        replay.elements.flags[idx] |= flag;
    };
    for (const AnnotatedElement& each : replay.annotated) {
        mark(each.idx, replay.elements.alloc_event(each.idx), k_irregular_alloc);
        mark(each.idx, replay.elements.free_requested[each.idx], k_irregular_free_requested);
        mark(each.idx, replay.elements.free_completed(each.idx), k_irregular_free_completed);
    }
}

}  // namespace snapq::timeline
