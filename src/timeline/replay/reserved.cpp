#include "timeline/replay/reserved.hpp"

#include <algorithm>

#include "support/numbers.hpp"

namespace snapq::timeline {

ReservedCurve find_reserved_curve(const snapshot::Snapshot& snapshot, std::int64_t device,
                                  const snapshot::DeviceTrace* trace, const std::vector<ShapeTraits>& traits,
                                  AnomalyTally& anomalies) {
    ReservedCurve curve;
    std::int64_t held_at_end = 0;
    for (const snapshot::Segment& segment : snapshot.segments) {
        if (segment.device != device) continue;
        curve.known = true;
        held_at_end = saturating_add(held_at_end, std::max<std::int64_t>(segment.total_size, 0));
    }
    std::int64_t reserved = 0;
    std::int64_t released = 0;
    const std::size_t count = trace != nullptr ? trace->events.size() : 0;
    for (std::size_t event = 0; event < count; ++event) {
        const snapshot::ShapeId shape = trace->events.shape(event);
        const EventRole role = traits[shape.value()].role;
        if (role != EventRole::reserve && role != EventRole::release) continue;
        curve.known = true;
        const snapshot::EventShape& fields = snapshot.event_tables.shapes[shape.value()];
        if (!fields.has_size || fields.size <= 0) continue;
        curve.events.push_back(static_cast<std::uint32_t>(event));
        std::int64_t& sum = role == EventRole::reserve ? reserved : released;
        sum = saturating_add(sum, fields.size);
    }
    // What was released is added first, so that only sums that are not negative can pass the limit.
    curve.start_bytes = saturating_add(held_at_end, released) - reserved;
    if (curve.start_bytes < 0) {
        // Without the key `segments` the end is unknown, and a negative start proves nothing.
        if (snapshot.has_segments) anomalies.count(snapshot::Anomaly::negative_reserved_start);
        curve.start_bytes = 0;
    }
    return curve;
}

}  // namespace snapq::timeline
