// One trace from several lists of events of one allocator.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/event_log.hpp"

namespace snapq::snapshot {

struct MergedTrace {
    EventLog events;
    // By list and event: the position in `events`. Empty if there was only one list, whose positions stay.
    std::vector<std::vector<std::uint32_t>> positions;
};

// The events in the order of their times. Events of one list keep their order, and an event without a time,
// or with one that steps back, follows directly after the one before it. Throws InputError when the trace is
// full.
[[nodiscard]] MergedTrace merge_by_time(std::vector<EventLog>&& lists);

}  // namespace snapq::snapshot
