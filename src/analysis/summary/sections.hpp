// The sections of a summary that have their own source files. For summary.cpp.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/summary/summary.hpp"
#include "archive/sqlite/database.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

// Moves the first rows into `summary`, and the sum of the others. `top`: rows to keep; 0: all of them.
void move_top_rows(report::LiveRows&& live, std::size_t top, report::DeviceSummary& summary);

// The OOM events of a device, ordered by event. Events of one stack that asked for the same number of bytes
// are one report with several attempts. `others`: devices whose peaks are shown beside the top sites.
[[nodiscard]] std::vector<report::OomReport> oom_reports(archive::Database& database, std::int64_t device,
                                                         std::span<const std::int64_t> others);

// Freed memory that waits for a stream, at a prepared moment. nullopt: there is none, or it is not known (an
// older version wrote the archive, or `moment` is empty because it is not prepared).
[[nodiscard]] std::optional<report::PendingFrees> pending_at(archive::Database& database, std::int64_t device,
                                                             std::string_view moment);

// The memory of the steps of a device. nullopt: no steps were found, or an earlier version wrote the archive.
// Reads table `steps` several times.
[[nodiscard]] std::optional<report::StepSummary> step_summary(archive::Database& database,
                                                              std::int64_t device);

// Sites that may leak, the most bytes first, at most ten. Empty for archives of older versions.
[[nodiscard]] std::vector<report::LeakSuspect> leak_suspects(archive::Database& database,
                                                             std::int64_t device);

// Sentences about a device's figures that a reader should know.
[[nodiscard]] std::vector<UntrustedText> device_remarks(archive::Database& database,
                                                        const report::DeviceFigures& figures,
                                                        const std::vector<report::LeakSuspect>& leaks);

// Advice on how to need less memory: at most three sentences, each with the figures that it is derived from.
// Empty if there is none.
[[nodiscard]] std::vector<UntrustedText> device_advice(archive::Database& database,
                                                       const report::DeviceFigures& figures);

// How much memory is stranded at the peak, if it is enough for a remark, with advice. The advice is
// derived from the allocator's settings and from the pools and streams that hold the stranded bytes.
[[nodiscard]] std::optional<std::string> stranded_remark(archive::Database& database,
                                                         const report::DeviceFigures& figures);

// Sentences about the whole file.
[[nodiscard]] std::vector<UntrustedText> archive_remarks(const report::ArchiveSummary& summary);

// The summary of an archive made by SnapViewer's converter, which has only table `allocs`. It reads the table
// twice. It knows the number of allocations, their peak (a lower bound) and its timestep; all other figures
// are null. Keys are read from the text of the stacks. Throws InputError for moments other than peak and
// timestep:N and for keys that the table does not have, UsageError for a device other than 0.
[[nodiscard]] report::ArchiveSummary summarize_snapviewer(const archive::ArchiveReader& archive,
                                                          const SummaryOptions& options);

// Whether `part` is at least the share `least` of `whole`; false if `whole` is not above 0.
[[nodiscard]] inline bool is_share(std::int64_t part, std::int64_t whole, double least) {
    return whole > 0 && static_cast<double>(part) >= least * static_cast<double>(whole);
}

// "12.5 %", as in the tables. `whole` is not 0.
[[nodiscard]] inline std::string percent_of(std::int64_t part, std::int64_t whole) {
    return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace snapq::analysis
