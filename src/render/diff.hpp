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

// The same for the ranks of two jobs: a table of them (the 32 that changed most, if there are more), what was
// not compared, and the comparison of the rank that changed most.
[[nodiscard]] std::string ranks_diff_text(const report::RanksDiff& diff, const DiffStyle& style);
[[nodiscard]] std::string ranks_diff_markdown(const report::RanksDiff& diff, const DiffStyle& style);

// JSON and CSV have the rows of all ranks, which may be too many for the memory, so they are made in parts.
// JSON: between `before` and `after` come the objects of the ranks, separated by commas.
struct JsonAroundRanks {
    std::string before;
    std::string after;
};
[[nodiscard]] JsonAroundRanks json_around_ranks(const report::RanksDiff& diff);
[[nodiscard]] std::string rank_diff_json(const report::RankDiff& rank, const DiffStyle& style);
// CSV: the header, and the lines of each rank.
[[nodiscard]] std::string ranks_diff_csv_header();
[[nodiscard]] std::string rank_diff_csv(const report::RankDiff& rank, const DiffStyle& style);

}  // namespace snapq::render
