// Single figures for shell scripts (`--get`).
#pragma once

#include <string>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

struct GotFigures {
    UntrustedText text;                // one line for each figure; an empty line if no device has it
    std::vector<std::string> missing;  // names of the figures that no device has
};

// Throws UsageError for a name that is not in figure_list_text().
void require_figure_names(const std::vector<std::string>& names);

// Combines all devices of all archives. A number is the largest one; a flag is true if it is true for all; a
// text is that of the device with the highest peak. All figures of an out-of-memory error describe the same
// error: the one at the moment of the summary, else the earliest one. `names` must be known, see
// require_figure_names().
[[nodiscard]] GotFigures get_figures(const report::Summary& summary, const std::vector<std::string>& names);

// What --list-get prints.
[[nodiscard]] std::string figure_list_text();
[[nodiscard]] std::vector<std::string> figure_names();

}  // namespace snapq::analysis
