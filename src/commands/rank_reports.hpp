// The summary of several archives as the ranks of one job, and the comparison of the ranks of two jobs.
//
// Archives are read on several threads and reduced to their figures one by one, so time grows linearly with
// them, and memory by about 2 KiB for each archive of a summary and by less than 1 KiB for each pair of a
// comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "analysis/moment.hpp"
#include "analysis/ranks.hpp"
#include "report/diff_report.hpp"
#include "report/summary.hpp"

namespace snapq::commands {

struct RankSummary {
    report::ArchiveSummary summary;
    std::vector<report::Check> checks;
};

struct RankSummaryOptions {
    std::string at;  // as the user gave it
    std::string by;
    std::size_t top = 10;  // rows over all ranks; 0: all
    // Gets each archive that can be read, in their order, with everything that the summary drops: rows, OOM
    // reports, notes. Called by the thread that summarizes.
    std::function<void(const report::ArchiveSummary&)> on_archive{};
    // Fills `across`. SummarizeRank must then return all rows of each archive, of which the first `top` are
    // kept.
    bool across = false;
    std::string group_by;  // the name of a label; empty: all archives are compared with each other
    unsigned threads = 1;
};

// Summarizes one archive at a moment. Any number of threads may call it.
using SummarizeRank = std::function<RankSummary(const std::string& path, analysis::Moment at)>;

// Archives that cannot be read are listed in `broken`. Archives that do not have the moment are listed in
// `without_moment`, and their figures are in the summary. If no archive has the moment, throws the error of
// the first one.
[[nodiscard]] report::Summary summarize_ranks(const std::vector<std::string>& paths,
                                              const analysis::Moment& at, const RankSummaryOptions& options,
                                              const SummarizeRank& summarize,
                                              const analysis::RowsOf& rows_of);

// ---- the comparison of the ranks of two jobs, each with the same rank of the other job ----

struct RankPair {
    std::optional<std::int64_t> rank;
    std::string base;  // paths
    std::string newer;
};

struct PairedRanks {
    std::vector<RankPair> pairs;
    std::vector<report::RankWithoutPartner> only_base;
    std::vector<report::RankWithoutPartner> only_new;
};

// Pairs the archives of two directories by their rank, and those without one by their name. Throws InputError
// for a directory that cannot be used, and when two of its archives have the same rank.
[[nodiscard]] PairedRanks pair_ranks(const std::string& base, const std::string& newer);

struct RanksDiffOptions {
    analysis::DiffOptions pair;
    std::size_t top = 0;  // rows of a device that are kept; the others are summed up
    bool quiet = false;   // no notes on stderr
    unsigned threads = 1;
    // Gets each rank that was compared, in their order. Called by the thread that compares.
    std::function<void(const report::RankDiff&)> on_rank{};
};

// Compares all pairs. The errors of pairs are in the result. Notes go to stderr unless `quiet`.
[[nodiscard]] report::RanksDiff diff_ranks(const std::string& base, const std::string& newer,
                                           const PairedRanks& ranks, const RanksDiffOptions& options);

}  // namespace snapq::commands
