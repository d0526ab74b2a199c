// What is worth knowing about a device's figures, in words.
#pragma once

#include <string>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

[[nodiscard]] std::vector<std::string> device_remarks(archive::Database& database,
                                                      const report::DeviceFigures& figures);

// About the file as a whole.
[[nodiscard]] std::vector<std::string> archive_remarks(const report::ArchiveSummary& summary);

}  // namespace snapq::analysis
