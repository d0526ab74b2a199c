// The functions that make the precomputed tables, one or two for each table; groups.hpp has those of the
// totals.
//
// All read their arguments only, so any number of threads may call them. `curves` must be cut at each event
// that a function asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/moments.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// Table `devices`. `slices` must cover the whole trace; its intervals give the peaks. Leaves `timesteps`,
// `peak_timestep` and `reserved_at_peak_bytes` to the caller.
[[nodiscard]] report::DeviceFigures make_figures(const DeviceView& view, const Curves& slices,
                                                 std::int64_t oom_events);

// False if events are known to be missing, so that peaks are lower bounds.
[[nodiscard]] bool trace_is_complete(const DeviceView& view);

// Table `fragmentation`: how the reserved bytes divide at each moment, in the order of the moments.
//
//     requested + rounding + cached + stranded = reserved
//
// cached: whole free segments. stranded: free ranges (holes) inside segments in use. rounding: what blocks
// occupy beyond the requested bytes. The row of the end is exact: it is computed from the final blocks, also
// where the trace disagrees with them. Earlier moments are estimated. Their segments are found by undoing the
// segment events backwards, and the live elements of the trace are placed into them, each rounded up to 512
// bytes. The parts are NULL if this fails: an element is outside of all segments or overlaps another one, or
// segment events contradict the final segments. Reserved and requested bytes are then still given.
//
// One backward pass over the segment events for all moments. Takes 16 bytes for each element that is live at
// a moment, for one moment at a time.
[[nodiscard]] std::vector<report::Fragmentation> make_fragmentation(const DeviceView& view,
                                                                    const Curves& curves,
                                                                    std::span<const Moment> moments);

// Table `oom` gets no more rows than this, because their memory must be bounded. `devices.oom_events` counts
// all of them, and other_events has them.
inline constexpr std::size_t k_max_oom_rows = 50'000;

struct OomEvents {
    std::vector<std::int64_t> events;  // ascending, the first k_max_oom_rows
    std::int64_t count = 0;            // of all OOMs
};

[[nodiscard]] OomEvents find_ooms(const DeviceView& view);

// Table `oom`. A value is NULL if one of its inputs is.
//
// short_bytes: what the driver lacked, max(0, requested - device free). The allocator reports an OOM only
// after it has released its cached segments, so no other memory was available. fits_without_fragmentation:
// requested <= device free + reserved - active. active is estimated: the live elements (pending frees
// included), each rounded up to 512 bytes. largest_hole_bytes: copied from the row of table `fragmentation`
// of the same moment. `fragmentation` must end with the rows of the first OOMs, as moments_of orders them.
[[nodiscard]] std::vector<OomRow> make_ooms(const DeviceView& view, const Curves& curves,
                                            std::span<const std::int64_t> ooms,
                                            std::span<const report::Fragmentation> fragmentation);

// Table `spans`: annotated regions of the program, placed on the axis of events by their times.
//
// An END closes the latest open START of the same name on the same device, so the regions of several threads
// may interleave. depth is the number of other spans that contain a span. A cut span lacks its START or its
// END. It then reaches to that end of the trace, which counts for its peak; the event and the bytes of the
// missing half are NULL. Rows are ordered by start, longer spans first.
//
// A device gets the annotations that name it. The first device also gets those that name no device, or one
// without a row in table `devices`, so that each annotation counts once. Linear in events, n log n in
// annotations.
[[nodiscard]] std::vector<SpanRow> make_spans(const DeviceView& view);

}  // namespace snapq::timeline
