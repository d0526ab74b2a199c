// Compares several archives as the ranks of one job: which of them are outliers, and why.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

// nullopt if `values` is empty. The median of an even number of values is the lower one of the two in the
// middle, so that it is one of the values.
[[nodiscard]] std::optional<report::Spread> spread_of(std::vector<std::int64_t> values);

// Whether the value differs from the median by more than 3 MAD (median absolute deviations) and by more than
// 1 % of the median. The second rule is there because ranks of one job always differ by a few bytes.
[[nodiscard]] bool is_outlier(std::int64_t value, const report::Spread& spread);

// The rows of an archive's device at its peak, by site.
using RowsOf = std::function<report::LiveRows(const std::string& archive, std::int64_t device)>;

// Fills `totals` and `outliers` of a summary of several archives. With less than three archives there are no
// outliers. `rows_of` is called only for outliers and for the archive at the median.
void compare_ranks(report::Summary& summary, const RowsOf& rows_of);

}  // namespace snapq::analysis
