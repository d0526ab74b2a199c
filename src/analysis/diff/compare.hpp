// Compares the rows of one device, however many they are.
#pragma once

#include <cstddef>

#include "analysis/diff/side.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

// Fills in the rows, at most so many bytes of them and at least one, the sum of the others, and `requested`
// of the sides that are there. Null: the side does not have the device.
void compare_rows(report::DiffDevice& device, const SideDevice* base, const SideDevice* newer,
                  std::size_t most_bytes);

}  // namespace snapq::analysis
