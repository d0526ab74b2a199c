// The summary of an archive made by SnapViewer's converter: table `allocs` is all there is.
#pragma once

#include "analysis/summary/summary.hpp"

namespace snapq::analysis {

// Reads `allocs` twice, sorted on disk. Known are the allocations, the highest sum of those that the table
// has (a lower bound) and its timestep; all else is null. Keys are taken from the text of the stacks. Throws
// UsageError for moments and keys that need more: peak and timestep:N, and site, user-frame, function, file,
// stack and size are possible.
[[nodiscard]] report::ArchiveSummary summarize_snapviewer(const archive::ArchiveReader& archive,
                                                          const SummaryOptions& options);

}  // namespace snapq::analysis
