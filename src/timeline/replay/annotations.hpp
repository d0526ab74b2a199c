// Late metadata: `annotate` events and the allocations that they describe.
#pragma once

#include <cstdint>
#include <vector>

#include "timeline/replay/replay.hpp"

namespace snapq::timeline {

// The elements that `annotate` events with metadata describe. An event belongs to the latest element at its
// address that had started before it. Ordered by idx, then by event. Takes memory for such events only;
// without them it does not look at the elements.
[[nodiscard]] std::vector<AnnotatedElement> find_annotated(const snapshot::Snapshot& snapshot,
                                                           const Replay& replay);

// The rows of these elements have the metadata of all their events together, so no event can be restored from
// them. Marks the events as irregular.
void mark_annotated(Replay& replay);

}  // namespace snapq::timeline
