// Several archives as the ranks of one job, for people.
#pragma once

#include <string>

#include "report/summary.hpp"

namespace snapq::render {

// A row each, totals, spread, and why the outliers stand out; at most 80 columns, but for long labels.
[[nodiscard]] std::string ranks_text(const report::Summary& summary);

// The highest value over the devices of an archive; nullopt when none has it.
[[nodiscard]] report::MaybeInteger highest(const report::ArchiveSummary& archive,
                                           report::MaybeInteger report::DeviceFigures::*figure);

// "rank 3", or the archive's name where it has no rank.
[[nodiscard]] std::string rank_name(const std::string& archive, report::MaybeInteger rank);

// The spread of peaks in a sentence.
[[nodiscard]] std::string spread_words(const report::Spread& spread);

// "what differs, and why" of a site of an outlier: "more allocations (12 against 4)".
[[nodiscard]] std::string reason_words(const report::OutlierSite& site);

}  // namespace snapq::render
