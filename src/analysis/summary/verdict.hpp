// The first lines of a summary: which device matters most, and whether the load is uneven.
#pragma once

#include <optional>
#include <vector>

#include "report/summary.hpp"

namespace snapq::analysis {

// Finds the most serious device over any number of archives and keeps only that one, so its memory does not
// grow with them. A device that ran out of memory comes first (the earliest by time), then the one whose
// figure is nearest to a limit of the user or furthest above it, then the one with the largest peak, then the
// one that holds most at the dump. If several are equal, the first one is taken.
class VerdictSearch {
public:
    // `checks`: the results for the devices of this archive.
    void add(const report::ArchiveSummary& archive, const std::vector<report::Check>& checks);
    [[nodiscard]] std::optional<report::Verdict> take();

private:
    void consider(const report::ArchiveSummary& archive, const report::DeviceSummary& device,
                  const std::vector<report::Check>& checks);

    std::optional<report::Verdict> m_first;
    std::int64_t m_devices_with_oom = 0;
};

// The peaks of devices or ranks are uneven if the highest is more than a quarter above their median.
[[nodiscard]] bool is_uneven(std::int64_t highest, std::int64_t median);

// The device that holds much more than the median of the devices of one archive; idle devices do not count.
// nullopt: there is none, or fewer than two devices have a peak.
[[nodiscard]] std::optional<report::UnevenLoad> uneven_devices(const report::ArchiveSummary& archive);

// The largest sites of the rows, at most k_verdict_sites.
[[nodiscard]] std::vector<report::LiveRow> largest_sites(const std::vector<report::LiveRow>& rows);

}  // namespace snapq::analysis
