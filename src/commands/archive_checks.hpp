// Checks the limits of the user for one archive.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "analysis/category_rules.hpp"
#include "analysis/figures.hpp"
#include "analysis/summary/summary.hpp"
#include "analysis/summary/thresholds.hpp"
#include "archive/archive_reader.hpp"
#include "report/check.hpp"
#include "report/summary.hpp"

namespace snapq::commands {

struct CheckOptions {
    analysis::Thresholds thresholds;
    std::optional<std::int64_t> device;      // nullopt: all accelerators
    std::optional<analysis::Window> window;  // in which peaks are looked for; nullopt: the whole trace
    std::shared_ptr<const analysis::CategoryRules> rules{};  // of the user, for the categories; may be null
};

struct CheckedSummary {
    report::ArchiveSummary summary;
    std::vector<report::Check> checks;  // empty if no threshold is set
};

// Summarizes an archive and checks its limits. It opens the database once for both, which takes most of the
// time of a small archive. The summary tells the lines of code that exceed a limit. Limits apply to whole
// traces, so devices that do not have the summary's moment are checked too.
[[nodiscard]] CheckedSummary summarize_and_check(const archive::ArchiveReader& archive,
                                                 const analysis::SummaryOptions& options,
                                                 const CheckOptions& checks);

}  // namespace snapq::commands
