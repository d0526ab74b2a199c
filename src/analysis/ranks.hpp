// Several archives as the ranks of one job: which of them stand out, and why.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

// nullopt without values. The median of an even number is the lower of the two in the middle, so that it is a
// value that occurs.
[[nodiscard]] std::optional<report::Spread> spread_of(std::vector<std::int64_t> values);

// Further from the median than 3 MAD, and than 1 % of it: ranks of one job differ by a few bytes for no
// reason.
[[nodiscard]] bool is_outlier(std::int64_t value, const report::Spread& spread);

// The rows of an archive's device at its peak, by site.
using RowsOf = std::function<report::LiveRows(const std::string& archive, std::int64_t device)>;

// Fills `totals` and `outliers` of a summary of several archives. Needs three archives to call one an
// outlier. `rows_of` is asked only for outliers and for the typical archive.
void compare_ranks(report::Summary& summary, const RowsOf& rows_of);

}  // namespace snapq::analysis
