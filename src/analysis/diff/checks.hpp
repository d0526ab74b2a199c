// The limits of `diff`: how much more the new side may take.
#pragma once

#include "analysis/diff/diff.hpp"

namespace snapq::analysis {

// The verdict on every limit that is set, for each device; rows over their limit one by one.
//
// Growth is that of the peak where both sides are compared at their peaks, else that of the bytes at the
// compared moments. What cannot be told (no
// trace, an unknown figure) fails, with the reason; `allow_no_trace` takes the state at the dump instead.
[[nodiscard]] std::vector<report::Check> check_limits(const report::DiffReport& report,
                                                      const DiffLimits& limits);

}  // namespace snapq::analysis
