// Words for why a site holds more or less memory.
#pragma once

#include <string>

#include "report/live_rows.hpp"

namespace snapq::render {

// change_reason() with the figures that show it: "more allocations (12 against 4)", "fewer but larger (mean
// 3.40 MiB → 4.60 MiB)". In "12 against 4", the number of `after` is the first one.
[[nodiscard]] std::string reason_words(const report::HeldMemory& before, const report::HeldMemory& after);

}  // namespace snapq::render
