// Compares the ranks of two jobs, each with the same rank of the other job.
//
// Pairs are compared on several threads and reduced to their figures one by one, so time grows linearly with
// them and memory by less than 1 KiB for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/diff/diff.hpp"
#include "report/diff_report.hpp"

namespace snapq::commands {

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
