// Parts that the outputs of `diff` share.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/diff.hpp"

namespace snapq::render {

// The rows that are shown, and the sum of all others.
struct ShownRows {
    std::span<const report::DiffRow> rows;
    std::size_t other_count = 0;
    std::optional<report::DiffRow> others;  // empty when all rows are shown; has no maxima
};
[[nodiscard]] ShownRows shown_rows(const report::DiffDevice& device, std::size_t top);

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
[[nodiscard]] std::string title_of(const report::DiffReport& report);

}  // namespace snapq::render
