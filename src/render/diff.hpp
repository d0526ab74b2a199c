// A comparison, printed: for people, scripts, spreadsheets and pull requests. The same report gives the same
// bytes each time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "report/diff_report.hpp"

namespace snapq::render {

struct DiffStyle {
    std::optional<std::size_t> top;  // rows of a device; the rest is summed. nullopt: the format's own number
    bool colour = false;             // text only
};

// 80 columns, 10 rows.
[[nodiscard]] std::string diff_text(const report::DiffReport& report, const DiffStyle& style);
// One object and a line end, all rows. Its members are fixed (README); later versions only add some.
[[nodiscard]] std::string diff_json(const report::DiffReport& report, const DiffStyle& style);
// RFC 4180 with a header, but with line feeds; all rows. Unknown figures are empty.
[[nodiscard]] std::string diff_csv(const report::DiffReport& report, const DiffStyle& style);
// GitHub's Markdown, verdict first, 15 rows and the rest to be unfolded; at most 60 kB, which is what GitHub
// takes as one comment.
[[nodiscard]] std::string diff_markdown(const report::DiffReport& report, const DiffStyle& style);

}  // namespace snapq::render
