// Pairs the events of one device into elements, and counts what does not fit.
//
// Rules: design section 4, snapshot-format section 7. Linear in the number of events, one thread; devices are
// independent of each other and may be replayed concurrently.
#pragma once

#include <cstdint>
#include <vector>

#include "snapq/snapshot/model.hpp"
#include "snapq/timeline/elements.hpp"
#include "snapq/timeline/rows.hpp"

namespace snapq::timeline {

// Allocated bytes held from the driver after each change, by the segment events.
struct ReservedCurve {
    // False when the file tells nothing of reserved bytes (neither segments nor segment events).
    bool known = false;
    std::int64_t start_bytes = 0;               // before the first event; clamped at 0 (anomaly negative_reserved_start)
    BlockVector<std::uint32_t> events;          // segment_alloc, segment_free, segment_map, segment_unmap
};

struct Replay {
    std::int64_t device = 0;
    const snapshot::DeviceTrace* trace = nullptr;  // null: the device has segments only
    Elements elements;
    ReservedCurve reserved;
    bool completions_recorded = true;  // false: the whole trace has no free_completed, so free_requested closes
    // Bit e: event e is reproduced by an element; the others stand in other_events.
    std::vector<bool> reproduced;
    std::vector<snapshot::AnomalyCount> anomalies;
};

// Devices that get a row in table `devices`: those with an event or a segment, ascending.
[[nodiscard]] std::vector<std::int64_t> devices_of(const snapshot::Snapshot& snapshot);

// `snapshot` must outlive the result.
[[nodiscard]] Replay replay_device(const snapshot::Snapshot& snapshot, std::int64_t device, Preexisting preexisting);

// Second pass over a replayed device: figures, curves, totals by stack and stream, fragmentation, OOMs, spans.
// `timesteps` and the other members that come from the animation clock are left for the caller.
[[nodiscard]] DeviceTables tabulate(const snapshot::Snapshot& snapshot, const Replay& replay);

}  // namespace snapq::timeline
