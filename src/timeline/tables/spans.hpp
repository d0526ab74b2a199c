// Table `spans`: annotated regions of the program, put on the event axis by time.
//
// An END closes the latest open START of the same name on the same device, so threads may interleave. depth
// counts the other spans that contain a span. A cut span lacks one half: it is taken to reach to that end of
// the trace (its peak counts), but the missing half's event and bytes are NULL. Rows are ordered by start,
// longer spans first.
#pragma once

#include <vector>

#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// Spans of the annotations that name this device. Those that name none, or one that has no row in table
// `devices`, are counted for the first device, so that each is there once. Linear in events, n log n in
// annotations.
[[nodiscard]] std::vector<SpanRow> make_spans(const DeviceView& view);

}  // namespace snapq::timeline
