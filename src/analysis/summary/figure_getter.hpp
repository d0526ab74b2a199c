// Bare figures for shell scripts (`--get`).
#pragma once

#include <string>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

struct GotFigures {
    std::string text;                  // a line each; empty for a figure that no device has
    std::vector<std::string> missing;  // names of those
};

// Throws UsageError for a name that --list-get does not list.
void require_figure_names(const std::vector<std::string>& names);

// Numbers: the largest over all devices of all archives. Flags: whether it holds for all. Text: of the device
// with the highest peak.
[[nodiscard]] GotFigures get_figures(const report::Summary& summary, const std::vector<std::string>& names);

// What --list-get prints.
[[nodiscard]] std::string figure_list_text();

}  // namespace snapq::analysis
