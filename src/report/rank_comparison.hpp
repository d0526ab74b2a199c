// How the archives of a job compare row by row, and in groups. Filled by analysis, printed by render.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/live_rows.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

// The distribution of a figure over the archives that have it.
struct Spread {
    std::int64_t archives = 0;
    std::int64_t sum = 0;
    std::int64_t least = 0;
    std::int64_t median = 0;
    std::int64_t most = 0;
    std::int64_t mad = 0;  // median absolute deviation from the median
};

// The name of one archive among several in a result.
struct NamedArchive {
    UntrustedText archive;
    MaybeInteger rank;
};

// How the bytes of one key, such as a site, differ between archives.
struct AcrossRow : Key {
    std::int64_t holders = 0;            // archives in which the key is live
    Spread bytes;                        // over all archives; an archive without the key counts as 0
    bool is_exact = true;                // false: median and mad are rounded, see analysis::AcrossRanks
    NamedArchive most;                   // the first one with `bytes.most`
    std::vector<NamedArchive> explains;  // outliers whose difference this key explains, or a part of it
};

// Archives with the same value of a label.
struct RankGroup {
    std::optional<UntrustedText> value;  // nullopt: the archives without the label
    Spread peak_requested;
    NamedArchive most;  // the first one with the highest peak
    std::int64_t outliers = 0;
    std::int64_t oom_events = 0;
};

}  // namespace snapq::report
