// What is known of one device as a whole: the columns of table `devices`, its anomalies, and how reserved
// bytes were used. Filled by analysis, printed by render. Bytes, Unix microseconds, events of the device's
// trace (-1: before the first). std::nullopt: the archive does not have this figure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/numbers.hpp"

namespace snapq::report {

using MaybeInteger = std::optional<std::int64_t>;

// How reserved bytes were used at a moment: requested + rounding + cached + stranded = reserved.
struct Fragmentation {
    std::string moment;  // start, peak, reserved-peak, end, oom:N
    bool estimated = true;
    MaybeInteger reserved_bytes;
    MaybeInteger requested_bytes;
    MaybeInteger rounding_bytes;
    MaybeInteger cached_bytes;    // whole free segments
    MaybeInteger stranded_bytes;  // free inside occupied segments
    MaybeInteger segments;
    MaybeInteger cached_segments;
    MaybeInteger holes;
    MaybeInteger largest_hole_bytes;
};

struct Anomaly {
    std::string kind;  // one of those that the schema lists, or of a later version
    std::int64_t count = 0;
    MaybeInteger first_event;
};

struct DeviceFigures {
    std::int64_t device = 0;
    MaybeInteger event_count;
    MaybeInteger allocation_count;
    bool has_trace = false;  // false also for a single entry, which is a recording of the state
    bool complete = true;    // false: events are missing, and peaks are lower bounds
    MaybeInteger preexisting_bytes;
    MaybeInteger peak_requested_bytes;
    MaybeInteger peak_event;
    MaybeInteger peak_timestep;
    MaybeInteger peak_time_us;
    MaybeInteger peak_stack_id;
    MaybeInteger reserved_at_peak_bytes;
    MaybeInteger peak_reserved_bytes;
    MaybeInteger peak_reserved_event;
    MaybeInteger end_requested_bytes;
    MaybeInteger end_allocated_bytes;
    MaybeInteger end_active_bytes;
    MaybeInteger end_reserved_bytes;
    MaybeInteger unfreed_bytes;
    MaybeInteger pending_bytes;
    MaybeInteger oom_events;
    MaybeInteger first_time_us;
    MaybeInteger last_time_us;
    std::vector<Anomaly> anomalies;

    // Requested at the end minus requested before the first event.
    [[nodiscard]] MaybeInteger growth_bytes() const {
        if (!end_requested_bytes || !preexisting_bytes) return std::nullopt;
        return saturating_subtract(*end_requested_bytes, *preexisting_bytes);
    }
};

}  // namespace snapq::report
