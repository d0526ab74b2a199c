// Table `oom`: what was asked for when the allocator gave up, and what was there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// More rows tell no more and would take memory without bound; `devices.oom_events` counts all, other_events
// has them.
inline constexpr std::size_t k_max_oom_rows = 50'000;

struct OomEvents {
    std::vector<std::int64_t> events;  // ascending, the first k_max_oom_rows
    std::int64_t count = 0;            // of all
};

[[nodiscard]] OomEvents find_ooms(const DeviceView& view);

// short_bytes: what the driver lacked, max(0, requested - device free); the allocator reports an OOM only
// after it has given its cached segments back, so nothing else could have been used.
// fits_without_fragmentation: requested <= device free + reserved - active, where active is estimated as the
// live requests (pending ones included) rounded up to 512 bytes each. largest_hole_bytes: of the
// fragmentation row of the same moment, where there is one with parts; `fragmentation` has those of the first
// OOMs at its end, in the order of moments_of. `curves` must be cut at each of `ooms`; all are NULL where an
// input is.
[[nodiscard]] std::vector<OomRow> make_ooms(const DeviceView& view, const Curves& curves,
                                            std::span<const std::int64_t> ooms,
                                            std::span<const FragmentationRow> fragmentation);

}  // namespace snapq::timeline
