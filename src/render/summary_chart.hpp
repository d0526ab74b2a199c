// The course of requested and reserved bytes as block characters.
#pragma once

#include <string>

#include "report/summary.hpp"

namespace snapq::render {

// At most `width` columns. `rows`: 10 draws both curves with axes, 1 a single line of requested bytes, 0
// nothing. Empty for a device without a trace. Ends with a line feed.
[[nodiscard]] std::string draw_chart(const report::DeviceSummary& device, int rows, std::size_t width);

}  // namespace snapq::render
