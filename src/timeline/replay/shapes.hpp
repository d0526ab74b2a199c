// What replay needs to know of an event, worked out once per distinct shape instead of once per event.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"

namespace snapq::timeline {

enum class EventRole : std::uint8_t {
    ignored,  // never touches memory: oom, snapshot, annotate, …; an alloc without address or usable size
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
    // It has nothing that a row of `allocations` cannot hold: no device_free, the usual spelling of its
    // action.
    bool plain = false;
};

// Indexed by ShapeId.
[[nodiscard]] std::vector<ShapeTraits> traits_of_shapes(const snapshot::Snapshot& snapshot);

// Whether a row of `allocations` made from `row` gives back size, stream, pool, context, metadata and forward
// frames of `event` (view `events` of schema.sql reads them from the one row for all three events of an
// allocation).
[[nodiscard]] bool same_columns(const snapshot::EventShape& row, const snapshot::EventShape& event);

}  // namespace snapq::timeline
