// Compares several archives as the ranks of one job: which of them are outliers, and why.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

// nullopt if `values` is empty. The median of an even number of values is the lower one of the two in the
// middle, so that it is one of the values.
[[nodiscard]] std::optional<report::Spread> spread_of(std::vector<std::int64_t> values);

// Whether the value differs from the median by more than 3 MAD (median absolute deviations) and by more than
// 1 % of the median. The second rule is there because ranks of one job always differ by a few bytes.
[[nodiscard]] bool is_outlier(std::int64_t value, const report::Spread& spread);

// The rows of an archive's device at the moment that is compared, by the key that is compared.
using RowsOf = std::function<report::LiveRows(const std::string& archive, std::int64_t device)>;

// How many outliers have their sites compared: those furthest from the median. The others are only counted.
inline constexpr std::size_t k_most_explained = 8;

// Fills `totals`, `outliers`, `uneven` and `groups` of a summary of several archives. With the label
// `group_by`, ranks are compared within their group, and `uneven` stays empty, because groups may differ.
// With fewer than three archives (or three of a group) there are no outliers. Throws UsageError when no
// archive has the label `group_by`. `rows_of` is called only for the explained outliers, for the archive at
// the median, and for the highest one. `most_sites`: differing sites of each explained outlier.
void compare_ranks(report::Summary& summary, const RowsOf& rows_of, std::size_t most_sites);

// Sums the rows of all ranks by key. It holds at most k_most_rank_keys keys in memory; the bytes of further
// keys are added to the row "[other]".
inline constexpr std::size_t k_most_rank_keys = 10'000;
class RankRows {
public:
    void add(const report::ArchiveSummary& archive);
    // The rows with the most bytes. `top`: how many; 0: all.
    [[nodiscard]] std::vector<report::RankRow> take(std::size_t top);

private:
    void add(const report::LiveRow& row, const report::ArchiveSummary& archive);

    std::unordered_map<UntrustedText, report::RankRow> m_rows;
};

}  // namespace snapq::analysis
