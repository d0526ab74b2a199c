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

// Over all devices of all archives: the largest number, whether a flag is true for all, and the text of the
// device with the highest peak. The figures of an out-of-memory error are all of one: of the moment of the
// summary, else of the earliest. `names` must be known, see require_figure_names().
[[nodiscard]] GotFigures get_figures(const report::Summary& summary, const std::vector<std::string>& names);

// What --list-get prints.
[[nodiscard]] std::string figure_list_text();
[[nodiscard]] std::vector<std::string> figure_names();

}  // namespace snapq::analysis
