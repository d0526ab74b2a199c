// The summary of several archives as the ranks of one job.
//
// Archives are read on several threads and reduced to their figures one by one, so time grows linearly with
// them and memory by about 1.5 KiB for each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/moment.hpp"
#include "analysis/ranks.hpp"
#include "report/summary.hpp"

namespace snapq::commands {

struct RankSummary {
    report::ArchiveSummary summary;
    std::vector<report::Check> checks;
};

struct RankSummaryOptions {
    std::string at;  // as the user gave it
    std::string by;
    std::size_t top = 10;        // rows over all ranks; 0: all
    bool keeps_details = false;  // of each archive: rows, OOM reports, notes
    // Fills `across`. Each archive then comes with all of its rows, and keeps the first `top` of them.
    bool across = false;
    std::string group_by;  // the name of a label; empty: all archives are compared with each other
    unsigned threads = 1;
};

// Summarizes one archive at a moment. Any number of threads may call it.
using SummarizeRank = std::function<RankSummary(const std::string& path, analysis::Moment at)>;

// Archives that cannot be read become `broken`. Those that can, but do not have the moment, are listed in
// `without_moment` and have their figures; if none has it, the error of the first one is thrown.
[[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths,
                                              const analysis::Moment& at, const RankSummaryOptions& options,
                                              const SummarizeRank& summarize,
                                              const analysis::RowsOf& rows_of);

}  // namespace snapq::commands
