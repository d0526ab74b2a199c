// The rows of the precomputed tables, one struct a table, members in the order and by the names of
// schema.sql.
//
// They are small (thousands of rows whatever the size of the trace), so they are held in memory. Programs
// retry after an OOM: the first 32 get moments of their own (oom:0 to oom:31), the first 50 000 get a row.
// Bytes, Unix microseconds, events of the device's trace (-1: before the first). std::nullopt and `none` ids
// are NULL.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/elements.hpp"

namespace snapq::timeline {

struct DeviceRow {
    std::int64_t device = 0;
    std::int64_t event_count = 0;
    std::int64_t allocation_count = 0;
    std::int64_t timesteps = 0;  // final step of the animation clock; filled from the StackedTimeline
    bool has_trace = false;
    bool complete = true;
    std::int64_t preexisting_bytes = 0;
    std::int64_t peak_requested_bytes = 0;
    std::int64_t peak_event = -1;
    std::optional<std::int64_t> peak_timestep;  // filled from the StackedTimeline
    std::optional<std::int64_t> peak_time_us;
    snapshot::StackId peak_stack;
    std::optional<std::int64_t> reserved_at_peak_bytes;
    std::optional<std::int64_t> peak_reserved_bytes;
    std::optional<std::int64_t> peak_reserved_event;
    std::int64_t end_requested_bytes = 0;
    std::optional<std::int64_t> end_allocated_bytes;
    std::optional<std::int64_t> end_active_bytes;
    std::optional<std::int64_t> end_reserved_bytes;
    std::int64_t unfreed_bytes = 0;
    std::int64_t pending_bytes = 0;
    std::int64_t oom_events = 0;
    std::optional<std::int64_t> first_time_us;
    std::optional<std::int64_t> last_time_us;
};

struct TimelineRow {
    std::int64_t event = -1;
    std::optional<std::int64_t> timestep;  // filled from the StackedTimeline
    std::optional<std::int64_t> time_us;
    std::int64_t requested_bytes = 0;
    std::optional<std::int64_t> reserved_bytes;
};

struct StackTotalRow {
    snapshot::StackId stack;
    Origin origin = Origin::trace;
    std::int64_t allocations = 0;
    std::int64_t total_bytes = 0;
    std::optional<std::int64_t> min_size;
    std::optional<std::int64_t> max_size;
    std::int64_t peak_bytes = 0;
    std::int64_t peak_count = 0;
    std::int64_t max_bytes = 0;
    std::optional<std::int64_t> max_event;
    std::int64_t end_bytes = 0;
    std::int64_t end_count = 0;
    std::array<std::int64_t, 10> unfreed_tenths{};
    bool has_unfreed_tenths = false;  // else NULL
};

struct LiveStackRow {
    std::string moment;  // peak, reserved-peak, start, end, oom:N
    snapshot::StackId stack;
    Origin origin = Origin::trace;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
};

struct StreamTotalRow {
    std::optional<std::int64_t> stream;
    snapshot::TextId pool;
    std::int64_t allocations = 0;
    std::int64_t total_bytes = 0;
    std::int64_t peak_bytes = 0;
    std::int64_t max_bytes = 0;
    std::int64_t end_bytes = 0;
};

struct FragmentationRow {
    std::string moment;  // start, peak, reserved-peak, end, oom:N
    bool estimated = true;
    std::optional<std::int64_t> reserved_bytes;
    std::optional<std::int64_t> requested_bytes;
    std::optional<std::int64_t> rounding_bytes;
    std::optional<std::int64_t> cached_bytes;
    std::optional<std::int64_t> stranded_bytes;
    std::optional<std::int64_t> segments;
    std::optional<std::int64_t> cached_segments;
    std::optional<std::int64_t> holes;
    std::optional<std::int64_t> largest_hole_bytes;
};

struct OomRow {
    std::int64_t event = 0;
    std::optional<std::int64_t> time_us;
    std::optional<std::int64_t> requested_bytes;
    std::optional<std::int64_t> device_free_bytes;
    std::optional<std::int64_t> live_bytes;
    std::optional<std::int64_t> reserved_bytes;
    std::optional<std::int64_t> short_bytes;
    std::optional<std::int64_t> largest_hole_bytes;
    std::optional<bool> fits_without_fragmentation;
    snapshot::StackId stack;  // site and op follow from it
};

struct SpanRow {
    std::string name;
    std::int64_t depth = 0;
    bool cut = false;
    std::optional<std::int64_t> start_event;
    std::optional<std::int64_t> end_event;
    std::optional<std::int64_t> start_time_us;
    std::optional<std::int64_t> end_time_us;
    std::optional<std::int64_t> start_bytes;
    std::optional<std::int64_t> peak_bytes;
    std::optional<std::int64_t> peak_event;
    std::optional<std::int64_t> end_bytes;
};

// Everything precomputed of one device.
struct DeviceTables {
    DeviceRow figures;
    std::vector<TimelineRow> timeline;
    std::vector<StackTotalRow> stack_totals;
    std::vector<LiveStackRow> live_stacks;
    std::vector<StreamTotalRow> stream_totals;
    std::vector<FragmentationRow> fragmentation;
    std::vector<OomRow> ooms;
    std::vector<SpanRow> spans;
};

}  // namespace snapq::timeline
