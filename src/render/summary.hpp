// The outputs of `summary`: text, JSON, CSV and Markdown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "render/escape.hpp"
#include "render/terminal_text.hpp"
#include "report/summary.hpp"

namespace snapq::render {

// The devices whose details follow the verdict.
enum class Details : std::uint8_t { most_serious, all };

struct SummaryTextOptions {
    TextStyle style{};
    // Height of the chart: 10, 1 or 0 (no chart). nullopt: 10, or 1 if the text would be too long.
    std::optional<int> chart_rows{};
    Details details = Details::most_serious;
    // Parts are shortened or left out until the text has at most this many lines: the chart first, then the
    // sites of an OOM, then rows. nullopt: nothing is left out.
    std::optional<std::size_t> most_lines = 60;
};

// At most style.width columns. Text from files is made printable.
[[nodiscard]] std::string summary_text(const report::Summary& summary, const SummaryTextOptions& options);

// The verdict alone: at most five lines, empty if there is no device.
[[nodiscard]] std::string verdict_text(const report::Summary& summary, const TextStyle& style);

// One object on one line. Its members are fixed; later versions only add some.
[[nodiscard]] std::string summary_json(const report::Summary& summary);

// The same in parts, for more archives than fit into memory with all that JSON has of them: between `before`
// and `after` come the objects of the archives, separated by commas. The archives of `summary` are not
// looked at.
struct JsonAroundArchives {
    std::string before;
    std::string after;
};
[[nodiscard]] JsonAroundArchives json_around_archives(const report::Summary& summary);
[[nodiscard]] std::string archive_json(const report::ArchiveSummary& archive);

// With a header. For one archive: the rows of the table of live bytes. For several: one row of figures for
// each device of each archive.
[[nodiscard]] std::string summary_csv(const report::Summary& summary, Formulas formulas = Formulas::kept);

// A comment on a pull request, at most k_comment_bytes long: the results of checks first, then 15 rows, and
// the other rows in a folded section.
[[nodiscard]] std::string summary_markdown(const report::Summary& summary);

}  // namespace snapq::render
