// A summary as text for people, JSON, CSV and Markdown.
#pragma once

#include <optional>
#include <string>

#include "report/summary.hpp"

namespace snapq::render {

struct SummaryTextOptions {
    // Rows of the chart: 10 or 1; 0: none. nullopt: 10, and 1 when there are many devices.
    std::optional<int> chart_rows;
};

// At most 80 columns, no colour. Everything that came from a file is made safe for a terminal.
[[nodiscard]] std::string summary_text(const report::Summary& summary, const SummaryTextOptions& options);

// The shape of design section 2.4, one line, with a line feed.
[[nodiscard]] std::string summary_json(const report::Summary& summary);

// With a header. One archive: a row for each row of the table of what was live. Several: a row for each
// device of each archive with its figures.
[[nodiscard]] std::string summary_csv(const report::Summary& summary);

// A comment on a pull request: verdict first, at most 15 rows of 60 characters, the rest folded away, never
// more than 60 000 bytes.
[[nodiscard]] std::string summary_markdown(const report::Summary& summary);

}  // namespace snapq::render
