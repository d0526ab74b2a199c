// Table `leaks`: stacks that leave memory again and again while other memory comes and goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "timeline/tables/steps.hpp"

namespace snapq::timeline {

// A stack is suspected if its allocations of at least three separate steps are live at the end of the trace,
// and these are at least half of the steps in which it allocates. A buffer that only keeps the newest batches
// is thus no leak.
//
// Where the steps are a period of the allocations and not annotated, three other things look alike. So there
// must also be other stacks that allocate and free in at least three steps, at least a quarter of the bytes
// that stay: memory comes and goes. A stack must not leave more than twice the bytes by which the device
// grew: an optimizer replaces the state of one parameter after the other. And a stack inside a module's
// forward is not suspected if the trace has no backward pass, which would free the activations that it saves.
//
// One pass over the elements. Takes 80 bytes a group. At most k_most_leaks rows, those with the most bytes,
// by bytes in descending order.
inline constexpr std::size_t k_most_leaks = 1000;
[[nodiscard]] std::vector<LeakRow> make_leaks(const DeviceView& view, const StackGroups& groups,
                                              const Steps& steps, std::int64_t growth_bytes);

}  // namespace snapq::timeline
