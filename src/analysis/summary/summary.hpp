// The answer to "what took the memory, and when" for one archive (design section 2.4).
//
// Reads the tables that the conversion prepared; allocations are read only for a moment or a key that is not
// prepared. Memory does not grow with the archive.
#pragma once

#include <cstdint>
#include <optional>

#include "analysis/live_rows.hpp"
#include "analysis/moment.hpp"
#include "archive/archive_reader.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

struct SummaryOptions {
    Moment at;
    Grouping grouping;
    std::optional<std::int64_t> device;  // nullopt: all
    std::size_t top = 10;                // rows; 0: all
};

// Throws UsageError when the device or, on every device asked for, the moment is not there. Where some
// devices have the moment, those that do not are left out, and a remark says so.
[[nodiscard]] report::ArchiveSummary summarize(const archive::ArchiveReader& archive,
                                               const SummaryOptions& options);

}  // namespace snapq::analysis
