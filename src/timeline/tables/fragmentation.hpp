// Table `fragmentation`: how the reserved bytes divide at each moment.
//
//     requested + rounding + cached + stranded = reserved
//
// cached: whole free segments; stranded: free ranges (holes) inside segments in use; rounding: what blocks
// occupy beyond what was asked for. At the end the final blocks say it exactly, and the row's requested bytes
// are theirs (a trace may disagree, snapshot-format 5.5). Earlier moments are estimated: the segments of the
// moment, found by undoing the segment events backwards, with the live elements of the trace laid into them,
// each rounded up to 512 bytes. Where this does not work out (an element outside every segment or over
// another, segment events that contradict the final segments) the parts are left NULL; reserved and requested
// bytes stay.
#pragma once

#include <span>
#include <vector>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/moments.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// `curves` must be cut at each moment. Rows in the order of the moments. One pass backwards over the segment
// events, whatever the number of moments; 16 bytes for each element live at a moment, one moment at a time.
[[nodiscard]] std::vector<FragmentationRow> make_fragmentation(const DeviceView& view, const Curves& curves,
                                                               std::span<const Moment> moments);

}  // namespace snapq::timeline
