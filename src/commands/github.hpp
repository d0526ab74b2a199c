// What GitHub Actions shows of a run beside its log.
#pragma once

#include <string>
#include <vector>

#include "analysis/summary/thresholds.hpp"

namespace snapq::commands {

// Writes `::error` lines for the checks that failed to stderr (GitHub reads them there, too), and appends
// `markdown` to the file that GITHUB_STEP_SUMMARY names, if it does. Throws SystemError when that cannot be
// written.
void report_to_github(const std::vector<report::Check>& checks, const std::string& markdown);

}  // namespace snapq::commands
