// The result of `diff` for the ranks of two jobs. Filled by commands, printed by render.
#pragma once

#include <string>
#include <vector>

#include "report/diff_report.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

struct RankDiff {
    MaybeInteger rank;  // nullopt: paired by the name of the archive
    DiffReport report;  // without checks
};

struct RankWithoutPartner {
    MaybeInteger rank;
    UntrustedText archive;
};

struct RanksDiff {
    UntrustedText base;  // directories
    UntrustedText newer;
    std::vector<RankDiff> ranks;  // in the order of their numbers
    std::vector<RankWithoutPartner> only_base;
    std::vector<RankWithoutPartner> only_new;
    std::vector<UntrustedText> broken;  // errors of pairs that could not be compared
    std::vector<Check> checks;          // of all ranks
};

}  // namespace snapq::report
