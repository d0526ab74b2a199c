// Compares the ranks of two jobs, each with the same rank of the other job.
#pragma once

#include <cstddef>
#include <cstdint>
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

// Compares all pairs. At most `top` rows of each device are kept; the others are summed. The errors of pairs
// are in the result. Notes go to stderr unless `quiet`.
[[nodiscard]] report::RanksDiff diff_ranks(const std::string& base, const std::string& newer,
                                           const PairedRanks& ranks, const analysis::DiffOptions& options,
                                           std::size_t top, bool quiet);

}  // namespace snapq::commands
