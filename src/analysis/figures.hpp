// Reads what the conversion has computed of each device.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

// All devices by number, with their anomalies. One search each of small tables.
[[nodiscard]] std::vector<report::DeviceFigures> device_figures(archive::Database& database);

// Anomalies of the file as a whole, such as text that is no UTF-8.
[[nodiscard]] std::vector<report::Anomaly> file_anomalies(archive::Database& database);

// `moment` as in table `fragmentation`. nullopt: no row, as when the moment is none of the prepared ones.
[[nodiscard]] std::optional<report::Fragmentation> fragmentation_at(archive::Database& database,
                                                                    std::int64_t device,
                                                                    std::string_view moment);

}  // namespace snapq::analysis
