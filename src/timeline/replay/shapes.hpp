// What the replay needs to know about an event, computed once for each distinct shape instead of each event.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::timeline {

enum class EventRole : std::uint8_t {
    ignored,  // changes no memory: oom, snapshot, annotate, …; an alloc without address or usable size
    unknown,  // an action this program does not know
    alloc,
    free_requested,
    free_completed,
    reserve,  // segment_alloc, segment_map
    release,  // segment_free, segment_unmap
};

struct ShapeTraits {
    EventRole role = EventRole::ignored;
    bool has_address = false;
    bool has_usable_size = false;  // present and not negative
    // A row of `allocations` can hold the whole event: it has no device_free, and its action has the usual
    // name.
    bool plain = false;
};

// Indexed by ShapeId.
[[nodiscard]] std::vector<ShapeTraits> traits_of_shapes(const snapshot::Snapshot& snapshot);

// Whether a row of `allocations` made from `row` has the size, stream, pool, context, metadata and forward
// frames of `event`. View `events` of the database reads them from that row for all three events of an
// allocation.
[[nodiscard]] bool same_columns(const snapshot::EventShape& row, const snapshot::EventShape& event);

}  // namespace snapq::timeline
