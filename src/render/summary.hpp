// The outputs of `summary`: text, JSON, CSV and Markdown.
#pragma once

#include <optional>
#include <string>

#include "report/summary.hpp"

namespace snapq::render {

struct SummaryTextOptions {
    // Height of the chart: 10, 1 or 0 (no chart). nullopt: 10, or 1 when there are many devices.
    std::optional<int> chart_rows;
};

// At most 80 columns, no color. Text from files is made printable.
[[nodiscard]] std::string summary_text(const report::Summary& summary, const SummaryTextOptions& options);

// One object on one line. Its members are fixed; later versions only add some.
[[nodiscard]] std::string summary_json(const report::Summary& summary);

// With a header. For one archive: the rows of the table of live bytes. For several: one row of figures for
// each device of each archive.
[[nodiscard]] std::string summary_csv(const report::Summary& summary);

// A comment on a pull request: results of checks first, 15 rows, the rest folded; at most k_comment_bytes.
[[nodiscard]] std::string summary_markdown(const report::Summary& summary);

}  // namespace snapq::render
