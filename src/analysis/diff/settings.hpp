// Settings of the allocator that differ between two runs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

using Settings = std::map<std::string, std::string>;

[[nodiscard]] Settings read_settings(archive::Database& database);

// In the order of their names. A setting that only one side has differs: releases add and drop some.
[[nodiscard]] std::vector<report::DiffSetting> settings_that_differ(const Settings& base,
                                                                    const Settings& newer);

}  // namespace snapq::analysis
