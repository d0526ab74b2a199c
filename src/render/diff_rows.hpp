// Parts that the outputs of `diff` share.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.hpp"
#include "render/diff.hpp"

namespace snapq::render {

// The rows that an output shows, and the sum of all others.
struct ShownRows {
    std::span<const report::DiffRow> rows;
    std::size_t other_count = 0;
    std::optional<report::DiffRow> others;  // empty when all rows are shown; has no maxima
};
[[nodiscard]] ShownRows shown_rows(const report::DiffDevice& device, std::size_t top);

// The lines of a function that are shown below its row, and the sum of all others.
[[nodiscard]] ShownRows shown_lines(const report::DiffRow& function);
// "line 22 → 25 (mm)"; the label of the sum of others.
[[nodiscard]] UntrustedText line_name(const report::DiffRow& line);

// Why the bytes of a row changed, if the numbers of allocations do not show it: "fewer but larger (mean 3.40
// MiB → 4.60 MiB)"; else empty.
[[nodiscard]] std::string why_text(const report::DiffRow& row);

// "allocated before the recording: 1.54 GiB → 0 B" if the row has such memory at a compared moment; else
// empty.
[[nodiscard]] std::string older_text(const report::DiffRow& row);

// "+1.50 GiB", "-3 B", "0 B", "?" when not known.
[[nodiscard]] std::string delta_text(report::MaybeInteger delta);
// "+50.7 %"; empty when the base is 0 or not known.
[[nodiscard]] std::string growth_text(const report::DiffFigure& figure);
// "1.50 GiB", "≤ 1.50 GiB" for an upper bound, "?" when not known.
[[nodiscard]] std::string size_text(report::MaybeInteger bytes);
[[nodiscard]] std::string maximum_text(const std::optional<report::DiffMaximum>& maximum);
// "event 249 of 9,670, +12.3 ms"
[[nodiscard]] std::string moment_text(const report::DiffMoment& moment);

// The figures of a device that are shown as totals, without those that neither side has.
struct NamedFigure {
    std::string name;
    report::DiffFigure figure;
    bool is_bytes = true;
};
[[nodiscard]] std::vector<NamedFigure> totals_of(const report::DiffDevice& device);

// "a.zip → b.zip", "a.zip: start → end", "b.zip (no base: nothing was compared)"
[[nodiscard]] UntrustedText title_of(const report::DiffReport& report);

// The members of a comparison in JSON, from "base" to "settings"; its warnings and remarks.
void write_comparison(json::JsonWriter& to, const report::DiffReport& report, const DiffStyle& style);
void write_notes(json::JsonWriter& to, const report::DiffReport& report);

}  // namespace snapq::render
