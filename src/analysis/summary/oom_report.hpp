// Why an allocation failed, and whether it had to (design section 2.4).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

// The OOM events of a device, those of one stack that asked for the same as one report, in the order of their
// first events. `others`: the devices that the top sites are compared with.
[[nodiscard]] std::vector<report::OomReport> oom_reports(archive::Database& database, std::int64_t device,
                                                         std::span<const std::int64_t> others);

}  // namespace snapq::analysis
