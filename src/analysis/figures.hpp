// Reads the figures that the conversion computed for each device.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

// All devices in DeviceOrder, with their anomalies. It reads only small tables.
[[nodiscard]] std::vector<report::DeviceFigures> device_figures(archive::Database& database);

// Anomalies of the file as a whole, such as text that is not UTF-8.
[[nodiscard]] std::vector<report::Anomaly> file_anomalies(archive::Database& database);

// `moment` as in table `fragmentation`. nullopt: there is no row, for example because the conversion did not
// prepare this moment.
[[nodiscard]] std::optional<report::Fragmentation> fragmentation_at(archive::Database& database,
                                                                    std::int64_t device,
                                                                    std::string_view moment);

}  // namespace snapq::analysis
