// The sections of a comparison that have their own source files. For diff.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/diff/side.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// Fills the rows of one device, the sum of the others, and `requested` of the sides that have the device. A
// side without the device is null. Rows take at most `most_bytes` of memory, but at least one row is kept.
// Memory does not depend on the number of stacks.
void compare_rows(report::DiffDevice& device, const SideDevice* base, const SideDevice* newer, KeyKind by,
                  std::size_t most_bytes);

// One check for each device and each limit that is set; for max_row_growth, one for each row above it.
//
// Growth is that of the peak if both sides are compared at their peaks, else that of the bytes at the
// compared moments. A figure that is not known (no trace, for example) fails, with the reason; with
// `allow_no_trace`, the state at the dump is checked instead of the peak. `asked`: the device that the user
// selected, if any. Pinned host memory is only checked if it is that device; if there is no other device to
// check, the limits fail.
[[nodiscard]] std::vector<report::Check> check_limits(const report::DiffReport& report,
                                                      const DiffLimits& limits,
                                                      std::optional<std::int64_t> asked = std::nullopt);

// Adds warnings and remarks that a reader should know before relying on the figures. `base` null: there is no
// base yet.
void add_remarks(report::DiffReport& report, const Side* base, const Side& newer);

}  // namespace snapq::analysis
