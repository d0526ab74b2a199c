// The row of table `devices`: totals, peaks, what is left at the end, and whether the trace tells the whole
// story.
#pragma once

#include <cstdint>
#include <span>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// `slices` must cover the whole trace; its intervals give the peaks. Timesteps are left for the caller.
[[nodiscard]] DeviceRow make_figures(const DeviceView& view, const Curves& slices, std::int64_t oom_events);

// False when events are known to be missing, so that peaks are lower bounds.
[[nodiscard]] bool trace_is_complete(const DeviceView& view);

}  // namespace snapq::timeline
