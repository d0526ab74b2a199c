// What the final segments and blocks add to the trace of a device: elements that were never freed, and the
// reserved bytes before the first event.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/replay/scan.hpp"
#include "timeline/replay/segments_by_device.hpp"

namespace snapq::timeline {

// The blocks in use whose address is not open at the end of the trace: memory from before the trace that was
// never freed. Returns indexes into Snapshot::blocks, in the order of the file. `segments`: those of the
// device. `scan` is null for a device without trace. Blocks of a negative size are ignored. Two blocks in use
// at one address give two elements, so that sums over elements equal the sums in the file.
//
// Blocks of profile_plot have no reliable addresses, but they are in the order of their allocation: those
// that are older than the trace come first, then the memory that is open, in the order of its allocs. So the
// last blocks are matched by place and size; if the sizes differ, addresses decide as everywhere.
//
// Counts two anomalies. live_not_in_blocks: an element is open, but no block in use is there; counted only
// for a device that has segments with blocks. block_without_alloc: the trace had already closed the address
// of the block, so the block is younger than the trace; it still becomes an element.
[[nodiscard]] BlockVector<std::uint32_t> find_kept_blocks(const snapshot::Snapshot& snapshot,
                                                          const SegmentsByDevice::Segments& segments,
                                                          ReplayScan* scan, AnomalyTally& anomalies);

// Reserved bytes over the trace, computed backwards from the final segments as docs/snapshots.md explains.
// Segment events without a positive size are left out. Sums saturate at 2^63 - 1. `trace` may be null.
// `leaves_live`: whether something is live at the end. If the final segments are not known, the curve starts
// at what the events release minus what they reserve, but at least at 0. The curve of a snapshot that
// profile_plot made is unknown throughout, because it has no real segments.
[[nodiscard]] ReservedCurve find_reserved_curve(const snapshot::Snapshot& snapshot,
                                                const SegmentsByDevice& segments, std::int64_t device,
                                                const snapshot::DeviceTrace* trace,
                                                const std::vector<ShapeTraits>& traits, bool leaves_live,
                                                AnomalyTally& anomalies);

}  // namespace snapq::timeline
