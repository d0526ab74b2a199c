// Pairs the events of one device into elements, and counts what does not fit.
//
// Rules: design section 4, snapshot-format section 7. Linear in the number of events, one thread; devices are
// independent of each other and may be replayed concurrently.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// Allocated bytes held from the driver after each change, by the segment events.
struct ReservedCurve {
    // False when the file tells nothing of reserved bytes (neither segments nor segment events).
    bool known = false;
    std::int64_t start_bytes = 0;  // before the first event; clamped at 0 (anomaly negative_reserved_start)
    // segment_alloc and segment_map (plus their size), segment_free and segment_unmap (minus); only those
    // with a positive size.
    BlockVector<std::uint32_t> events;
};

struct Replay {
    std::int64_t device = 0;
    const snapshot::DeviceTrace* trace = nullptr;  // never empty; null: the device has segments only
    Elements elements;
    ReservedCurve reserved;
    // False: the trace has free_requested, but no free_completed at all; in mode all the requests close then.
    bool completions_recorded = true;
    // Bit e: event e is reproduced by an element; the others stand in other_events.
    std::vector<bool> reproduced;
    // Those found by the replay, the same in both modes; ordered by kind.
    std::vector<snapshot::AnomalyCount> anomalies;
};

// Devices that get a row in table `devices`: those with an event or a segment, ascending.
[[nodiscard]] std::vector<std::int64_t> devices_of(const snapshot::Snapshot& snapshot);

// `snapshot` must outlive the result. A device that the snapshot does not have gives an empty replay. Holds
// 17 bytes an element; while it works 4 more, and 4 bytes for each distinct address of the snapshot. Throws
// InputError beyond 4294967293 events or elements.
[[nodiscard]] Replay replay_device(const snapshot::Snapshot& snapshot, std::int64_t device,
                                   Preexisting preexisting);

// Second pass over a replayed device: figures, curves, totals by stack and stream, fragmentation, OOMs,
// spans. `timesteps` and the other members that come from the animation clock are left for the caller.
[[nodiscard]] DeviceTables tabulate(const snapshot::Snapshot& snapshot, const Replay& replay);

}  // namespace snapq::timeline
