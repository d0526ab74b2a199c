// The answer to "what took the memory, and when" for one archive.
//
// It reads the tables that the conversion prepared, and the allocations only for a moment or a key that is
// not prepared. Memory does not grow with the archive.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analysis/call_tree.hpp"
#include "analysis/figures.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/moment.hpp"
#include "analysis/stack_frames.hpp"
#include "archive/archive_reader.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

struct SummaryOptions {
    Moment at;
    std::optional<Window> window;  // where the peaks are looked for; nullopt: in the whole trace
    Grouping grouping;
    std::optional<CallTreeOptions> tree;     // the calls instead of rows; `grouping` is then by site
    std::optional<std::int64_t> device;      // nullopt: all
    std::size_t top = 10;                    // number of rows; 0: all
    StackFrames stacks = StackFrames::none;  // shown for each row
    bool with_curve = true;                  // of requested and reserved bytes over the trace
    // Categories, steps, possible leaks and sentences: what tables of many archives do not show.
    bool with_details = true;
};

// Throws UsageError if the device does not exist, or if no wanted device has the moment; InputError for a
// damaged archive. If only some devices have the moment, the others are left out, and a remark says so.
[[nodiscard]] report::ArchiveSummary summarize(const archive::ArchiveReader& archive,
                                               const SummaryOptions& options);
// The same with the archive's open database, which must not be that of an archive of SnapViewer's.
[[nodiscard]] report::ArchiveSummary summarize(const archive::ArchiveReader& archive,
                                               archive::Database& database, const SummaryOptions& options);

// Keeps the first `top` rows of the device, and adds the other rows to its `others`. 0: keeps all rows.
void keep_top_rows(report::DeviceSummary& device, std::size_t top);

}  // namespace snapq::analysis
