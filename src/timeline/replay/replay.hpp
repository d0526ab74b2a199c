// Turns the events of one device into elements, and counts anomalies. docs/snapshots.md has the rules.
//
// Takes time linear in the number of events, on one thread. Devices are independent of each other and may be
// replayed concurrently.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"
#include "timeline/replay/segments_by_device.hpp"

namespace snapq::timeline {

// Bytes reserved from the driver before the trace, and the events that change them.
struct ReservedCurve {
    // False if nothing in the file tells the reserved bytes of this device: it has no segment and no segment
    // event of the device, and no list of segments that could show that there are none.
    bool known = false;
    // Whether the file says which segments the device has at the end, even if it has none. False without the
    // key, and for a recorder that always writes an empty list: the list is empty for all devices although
    // the trace of this one leaves something live or reserved.
    bool final_segments_known = false;
    // Before the first event. A negative result is replaced by 0 (anomaly negative_reserved_start).
    std::int64_t start_bytes = 0;
    // segment_alloc and segment_map add their size, segment_free and segment_unmap subtract it. Only events
    // with a positive size are listed; ascending.
    BlockVector<std::uint32_t> events;
};

// An `annotate` event and the element that it describes.
struct AnnotatedElement {
    std::uint32_t idx = 0;
    std::uint32_t event = 0;
};

struct Replay {
    std::int64_t device = 0;
    const snapshot::DeviceTrace* trace = nullptr;  // never empty; null if the device has segments only
    SegmentsByDevice::Segments segments;           // the final ones of this device, in the order of the file
    snapshot::TextId default_pool;                 // see SegmentsByDevice
    Elements elements;
    ReservedCurve reserved;
    // False if the trace has free_requested events but no free_completed. With Preexisting::all the requests
    // then end the elements.
    bool completions_recorded = true;
    // With Preexisting::freed: memory that was held all the time is not among the elements, although it
    // occupies segments.
    bool survivors_left_out = false;
    // By event: true if the event can be restored from the row of its element. The other events go to table
    // other_events.
    std::vector<bool> reproduced;
    // Late metadata, ordered by idx, then by event. The rows of these elements reproduce no event.
    std::vector<AnnotatedElement> annotated;
    // Counted by the replay, ordered by kind; the same for both values of Preexisting.
    std::vector<snapshot::AnomalyCount> anomalies;
};

// The devices that have an event or a segment, in DeviceOrder. Each of them gets a row in table `devices`.
[[nodiscard]] std::vector<std::int64_t> devices_of(const snapshot::Snapshot& snapshot);

// `snapshot` must outlive the result; `segments` are its segments. A device that the snapshot does not have
// gives an empty replay. The result takes 17 bytes an element and 8 bytes a segment. While the function runs
// it needs 4 bytes more an element, and 4 bytes for each distinct address of the snapshot. Throws InputError
// beyond 4294967293 events or 4294967294 elements.
[[nodiscard]] Replay replay_device(const snapshot::Snapshot& snapshot, const SegmentsByDevice& segments,
                                   std::int64_t device, Preexisting preexisting);

// The same for one device alone.
[[nodiscard]] inline Replay replay_device(const snapshot::Snapshot& snapshot, std::int64_t device,
                                          Preexisting preexisting) {
    return replay_device(snapshot, SegmentsByDevice(snapshot), device, preexisting);
}

// The elements that `annotate` events with metadata describe. An event belongs to the latest element at its
// address that had started before it. Ordered by idx, then by event. Takes memory for such events only;
// without them it does not look at the elements.
[[nodiscard]] std::vector<AnnotatedElement> find_annotated(const snapshot::Snapshot& snapshot,
                                                           const Replay& replay);

// The rows of these elements have the metadata of all their events together, so no event can be restored from
// them. Marks the events as irregular.
void mark_annotated(Replay& replay);

}  // namespace snapq::timeline
