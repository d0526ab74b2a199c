#include "timeline/replay/replay.hpp"

#include <optional>
#include <set>
#include <utility>

#include "support/devices.hpp"
#include "timeline/replay/annotations.hpp"
#include "timeline/replay/anomalies.hpp"
#include "timeline/replay/final_state.hpp"
#include "timeline/replay/scan.hpp"
#include "timeline/replay/shapes.hpp"

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

Replay replay_device(const snapshot::Snapshot& snapshot, std::int64_t device, Preexisting preexisting) {
    Replay replay;
    replay.device = device;
    replay.trace = find_trace(snapshot, device);
    const std::vector<ShapeTraits> traits = traits_of_shapes(snapshot);
    AnomalyTally anomalies;

    std::optional<ReplayScan> scan;
    if (replay.trace != nullptr) scan.emplace(snapshot, *replay.trace, traits, preexisting, anomalies);
    const auto kept = find_kept_blocks(snapshot, device, scan ? &*scan : nullptr, anomalies);
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
    replay.reserved = find_reserved_curve(snapshot, device, replay.trace, traits, leaves_live, anomalies);
    replay.anomalies = anomalies.counts(device);
    return replay;
}

}  // namespace snapq::timeline
