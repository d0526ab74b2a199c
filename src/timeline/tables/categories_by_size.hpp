// The last step of finding categories: what only its size tells. docs/categories.md, "By size", has the
// rules.
#pragma once

#include "timeline/tables/category.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/phases.hpp"

namespace snapq::timeline {

// Gives each element that is Categories::k_undecided a category. All others must have theirs. `ran_backward`:
// an element of the trace was allocated in the backward pass. Two passes over the elements, a few more if
// some are undecided; takes 16 bytes a distinct size of gradients, states and older memory.
void decide_by_size(const DeviceView& view, const ElementPhases& phases, const PhaseMarks& marks,
                    bool ran_backward, Categories& categories);

}  // namespace snapq::timeline
