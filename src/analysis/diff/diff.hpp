// What changed between two archives, or between two moments of one.
//
//     DiffOptions options;
//     options.limits.max_growth = parse_growth_limit("5%,512MiB");
//     report::DiffReport report = diff_archives(&base, newer, options);
//
// Rows are matched by their keys (match.hpp). Rows that are lines are matched among the lines of their
// function, so that moved lines do not matter (align.hpp).
// With the default options, only precomputed tables are read, so time and memory do not grow with the number
// of events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/call_tree.hpp"
#include "analysis/figures.hpp"
#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "analysis/stack_frames.hpp"
#include "archive/archive_reader.hpp"
#include "report/diff_report.hpp"

namespace snapq::analysis {

class CategoryRules;

// An allowed growth. At least one member is set; if both are, the larger growth is allowed.
struct GrowthLimit {
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> micro_percent;  // of the base's figure, in millionths of a percent

    // The bytes by which `base` may grow, rounded down.
    [[nodiscard]] std::int64_t allowed(std::int64_t base) const;
};

// "5%", "512MiB", "5%,512MiB", "0.25 %, 1GB". A percentage has at most six decimals and is at most 10000 %.
// nullopt for any other text, also for two sizes or two percentages.
[[nodiscard]] std::optional<GrowthLimit> parse_growth_limit(std::string_view text);

struct DiffLimits {
    std::optional<GrowthLimit> max_growth;           // of requested bytes
    std::optional<GrowthLimit> max_reserved_growth;  // of reserved bytes
    std::optional<std::int64_t> max_row_growth;      // bytes, of any row
    bool allow_no_trace = false;
};

struct DiffOptions {
    KeyKind by = KeyKind::site;
    std::optional<CallTreeOptions> tree{};  // the calls instead of rows; `by` is then site
    bool exact = false;                     // KeyKind::stack only: with C++ frames and line numbers
    std::vector<std::string> user_prefixes;
    std::size_t site_depth = 1;                    // see StackKeys
    std::size_t module_depth = 0;                  // see StackKeys
    std::shared_ptr<const CategoryRules> rules{};  // for KeyKind::category, see Grouping
    std::string strip_prefix;                      // RE2; removed from the beginning of file names
    Moment at_base;
    Moment at_new;
    std::optional<Window> window;             // the part of both traces in which peaks are looked for
    std::optional<std::int64_t> device;       // nullopt: all
    StackFrames stacks = StackFrames::none;   // shown for each row
    std::optional<std::size_t> stack_rows{};  // rows of a device that have stacks; nullopt: all
    DiffLimits limits;
};

// `base` null: there is no base yet, so only the figures of `newer` are reported and no limit is checked.
// Both may be the same archive. Throws UsageError for a device, moment or pattern that the archives do not
// have, InputError for a damaged archive, and for one that does not store what the options need.
[[nodiscard]] report::DiffReport diff_archives(const archive::ArchiveReader* base,
                                               const archive::ArchiveReader& newer,
                                               const DiffOptions& options);

}  // namespace snapq::analysis
