// The outputs of `diff`. The same report always gives the same bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "render/escape.hpp"
#include "report/diff_report.hpp"

namespace snapq::render {

struct DiffStyle {
    std::optional<std::size_t>
        top;             // rows of a device; the rest is summed. nullopt: the default of the format
    bool color = false;  // text only
    Formulas formulas = Formulas::kept;  // CSV only
};

// At most 80 columns wide; 10 rows by default.
[[nodiscard]] std::string diff_text(const report::DiffReport& report, const DiffStyle& style);
// One object and a line feed, all rows. Its members are fixed; later versions only add some.
[[nodiscard]] std::string diff_json(const report::DiffReport& report, const DiffStyle& style);
// RFC 4180 with a header, but with line feeds at line ends; all rows. Unknown figures are empty.
[[nodiscard]] std::string diff_csv(const report::DiffReport& report, const DiffStyle& style);
// A comment on a pull request, at most k_comment_bytes long: the results of checks first, then 15 rows by
// default, and the other rows in a folded section.
[[nodiscard]] std::string diff_markdown(const report::DiffReport& report, const DiffStyle& style);

// The same for the ranks of two jobs. Text and Markdown have a table of the ranks (the 32 that changed most,
// if there are more), the ranks that were not compared, and the comparison of the rank that changed most.
// JSON and CSV have all ranks.
[[nodiscard]] std::string ranks_diff_text(const report::RanksDiff& diff, const DiffStyle& style);
[[nodiscard]] std::string ranks_diff_json(const report::RanksDiff& diff, const DiffStyle& style);
[[nodiscard]] std::string ranks_diff_csv(const report::RanksDiff& diff, const DiffStyle& style);
[[nodiscard]] std::string ranks_diff_markdown(const report::RanksDiff& diff, const DiffStyle& style);

}  // namespace snapq::render
