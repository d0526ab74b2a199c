// Compares what a trace left open with the blocks in use when the snapshot was taken.
#pragma once

#include <cstdint>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"
#include "timeline/replay/anomalies.hpp"
#include "timeline/replay/scan.hpp"

namespace snapq::timeline {

// Blocks in use whose address is not open: memory from before the trace that outlived it. Indexes into
// Snapshot::blocks in file order; `scan` is null for a device without trace.
//
// Counts live_not_in_blocks (open in the trace, no block in use there; only where the device has segments at
// all) and block_without_alloc (the trace had closed that address, so the block is younger than the trace; it
// still becomes an element). Two blocks in use at one address are two elements, so that the sums of the file
// hold. A block of a negative size is none.
[[nodiscard]] BlockVector<std::uint32_t> find_kept_blocks(const snapshot::Snapshot& snapshot,
                                                          std::int64_t device, ReplayScan* scan,
                                                          AnomalyTally& anomalies);

}  // namespace snapq::timeline
