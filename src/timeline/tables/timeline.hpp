// Table `timeline`: a few thousand points of the curves that show every minimum and maximum a chart could
// show.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// Slices of equally many events; each gives at most four points. With the few fixed points there are at most
// 4 x 900 + 40 rows, and a trace of up to 900 events keeps every event.
inline constexpr std::int64_t k_timeline_slices = 900;

// Where the slices begin, -1 included.
[[nodiscard]] std::vector<std::int64_t> slice_cuts(std::int64_t event_count);

// The events worth a point: extremes of each slice, the state before the trace, the last event, and `fixed`.
// Ascending.
[[nodiscard]] std::vector<std::int64_t> timeline_events(const DeviceView& view, const Curves& slices,
                                                        std::span<const std::int64_t> fixed);

// `curves` must be cut at each of `events`.
[[nodiscard]] std::vector<TimelineRow> make_timeline(const DeviceView& view, const Curves& curves,
                                                     std::span<const std::int64_t> events);

}  // namespace snapq::timeline
