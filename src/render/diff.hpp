// The outputs of `diff`. The same report always gives the same bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "report/diff_report.hpp"

namespace snapq::render {

struct DiffStyle {
    std::optional<std::size_t>
        top;              // rows of a device; the rest is summed. nullopt: the default of the format
    bool colour = false;  // text only
};

// 80 columns, 10 rows.
[[nodiscard]] std::string diff_text(const report::DiffReport& report, const DiffStyle& style);
// One object and a line feed, all rows. Its members are fixed; later versions only add some.
[[nodiscard]] std::string diff_json(const report::DiffReport& report, const DiffStyle& style);
// RFC 4180 with a header, but with line feeds at line ends; all rows. Unknown figures are empty.
[[nodiscard]] std::string diff_csv(const report::DiffReport& report, const DiffStyle& style);
// A comment on a pull request: results of checks first, 15 rows, the rest folded; at most k_comment_bytes.
[[nodiscard]] std::string diff_markdown(const report::DiffReport& report, const DiffStyle& style);

}  // namespace snapq::render
