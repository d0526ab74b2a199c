// Bytes held from the driver over a trace, from the final segments backwards.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/replay/anomalies.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/replay/shapes.hpp"

namespace snapq::timeline {

// Snapshot-format section 7, step 5. Segment events without a positive size change nothing and are left out.
// Sums saturate at 2^63 - 1. `trace` may be null.
[[nodiscard]] ReservedCurve find_reserved_curve(const snapshot::Snapshot& snapshot, std::int64_t device,
                                                const snapshot::DeviceTrace* trace,
                                                const std::vector<ShapeTraits>& traits,
                                                AnomalyTally& anomalies);

}  // namespace snapq::timeline
