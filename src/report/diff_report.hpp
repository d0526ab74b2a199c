// The result of `diff` as plain data. Filled by analysis, printed by render.
//
// Bytes are requested bytes unless the name says otherwise. A figure that an archive does not have is
// nullopt, never 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/check.hpp"
#include "report/figures.hpp"
#include "report/live_rows.hpp"
#include "support/numbers.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

enum class DiffStatus : std::uint8_t { added, removed, grown, shrunk, same };
[[nodiscard]] std::string_view name_of(DiffStatus status);

// One figure of both archives.
struct DiffFigure {
    MaybeInteger base;
    MaybeInteger newer;

    // nullopt unless both values are known.
    [[nodiscard]] MaybeInteger delta() const;
};

// The maximum of a row over the whole trace.
struct DiffMaximum {
    std::int64_t bytes = 0;
    // False: the row has several stacks, and `bytes` is the sum of their maxima. They may have reached these
    // at different times, so `bytes` is an upper bound.
    bool exact = true;
};

struct DiffRow {
    UntrustedText key;    // the same in both archives, and in every comparison of the same runs
    UntrustedText label;  // for people: "tinylm/model.py:22 → 25 forward (mm)" for a line that moved
    UntrustedText op;     // operator of the largest stack; empty: not known, or the rows are not lines
    // The line number in each archive that has the line at any time. Only for rows that are lines.
    MaybeInteger base_line;
    MaybeInteger new_line;
    std::int64_t base_bytes = 0;
    std::int64_t new_bytes = 0;
    std::int64_t base_count = 0;  // allocations
    std::int64_t new_count = 0;
    // The part of the bytes that is from before the recording. The line of such memory is the one that freed
    // it, unless the file still has the stack of its allocation.
    std::int64_t base_older_bytes = 0;
    std::int64_t new_older_bytes = 0;
    std::optional<DiffMaximum> base_max;  // nullopt if it is not known
    std::optional<DiffMaximum> new_max;
    MaybeInteger base_stack_id;  // the stack with the most bytes of the row in that archive
    MaybeInteger new_stack_id;
    // The frames of one stack of the row, innermost first: the largest stack of NEW, or of BASE if the row is
    // not live in NEW. Empty unless they are asked for.
    std::vector<UntrustedText> stack;
    // The lines of a function, in the order of rows. Together they are the whole function: lines that do not
    // fit are summed in a last row "[other]".
    std::vector<DiffRow> lines;
    std::size_t other_lines = 0;  // the number of lines in that last row

    [[nodiscard]] std::int64_t delta() const { return saturating_subtract(new_bytes, base_bytes); }
    [[nodiscard]] DiffStatus status() const;
    // See change_reason(); "" unless both sides have allocations and their bytes differ.
    [[nodiscard]] std::string_view why() const;
};

// Adds bytes and counts.
void add_to(DiffRow& sum, const DiffRow& row);
// Order of rows: the largest |delta| first, then the most bytes, then by key.
[[nodiscard]] bool comes_before(const DiffRow& a, const DiffRow& b);
// About how much memory a row takes.
[[nodiscard]] std::size_t bytes_of(const DiffRow& row);

// The sum of the rows that are not kept because there are too many. All of them come after the kept rows.
struct OtherDiffRows {
    std::size_t count = 0;
    DiffRow sum;
    std::int64_t largest_delta = 0;  // of a single row; 0 if none grew

    void add(const DiffRow& row);
};

// The moment of a trace that is compared.
struct DiffMoment {
    UntrustedText window;          // in which the peak was looked for; empty: the whole trace
    UntrustedText moment;          // as the user gave it: "peak", "event:7"
    MaybeInteger event;            // -1: before the first event
    MaybeInteger timestep;         // of allocations.json; only for the peak
    std::int64_t event_count = 0;  // of the trace
    MaybeInteger after_us;         // since the first event
    UntrustedText site;            // the site that reached the peak; empty if not known or not a peak
    bool has_trace = false;
    bool complete = true;  // false: events are missing, the peak is a lower bound
};

struct DiffDevice {
    std::int64_t device = 0;
    MaybeInteger base_device;  // its number in BASE, if that is another one
    bool in_base = false;
    bool in_new = false;
    std::optional<DiffMoment> base_at;  // nullopt if that archive does not have the device
    std::optional<DiffMoment> new_at;
    // One archive has no trace and does not have the device, so it is not known whether the device held
    // memory before the dump.
    bool unrecorded = false;
    // If an archive does not have the device, its figures there are 0 bytes.
    DiffFigure peak_requested;
    DiffFigure peak_reserved;
    DiffFigure requested;  // at the compared moments
    DiffFigure reserved;   // at the compared moments
    DiffFigure end_requested;
    DiffFigure end_reserved;
    DiffFigure allocations;     // in the whole trace, a count
    bool rows_known = true;     // false: an archive lacks what is needed for rows
    std::vector<DiffRow> rows;  // in the order of comes_before()
    OtherDiffRows others;
    std::optional<CallTree> tree;  // instead of `rows`, if `by` is "tree"

    // The sum of all rows, including `others`.
    [[nodiscard]] DiffRow total() const;
};

struct DiffSetting {
    UntrustedText key;
    std::optional<UntrustedText> base;  // nullopt: not recorded there
    std::optional<UntrustedText> newer;
};

struct DiffReport {
    std::optional<UntrustedText> base;  // name of the archive; nullopt if there was none yet
    UntrustedText newer;
    std::string by = "site";
    bool exact = false;  // whole stacks with C++ frames and lines
    std::vector<DiffDevice> devices;
    std::vector<DiffSetting> settings;    // only those that differ
    std::vector<Check> checks;            // a check of a row has the row as its subject
    std::vector<UntrustedText> warnings;  // sentences: reasons not to trust the comparison
    std::vector<UntrustedText> remarks;   // sentences that help to understand the comparison
};

// The whole comparison of one rank of two jobs.
struct RankDiff {
    MaybeInteger rank;  // nullopt: paired by the name of the archive
    DiffReport report;  // without checks
};

// What is kept of each rank, because there may be thousands.
struct RankChange {
    struct Device {
        std::int64_t device = 0;
        DiffFigure bytes;  // the peaks if both sides are compared there, else what is live at the moments

        // How far it is from no change; the largest number if that is not known.
        [[nodiscard]] std::int64_t distance() const;
    };
    MaybeInteger rank;
    UntrustedText archive;  // of NEW
    std::vector<Device> devices;
};
[[nodiscard]] RankChange change_of(const RankDiff& rank);

struct RankWithoutPartner {
    MaybeInteger rank;
    UntrustedText archive;
};

// A reason not to trust the comparison.
struct RanksWarning {
    UntrustedText text;
    std::size_t ranks = 0;  // that have it
};

struct RanksDiff {
    UntrustedText base;  // directories
    UntrustedText newer;
    std::vector<RankChange> ranks;         // in the order of their numbers
    std::optional<RankDiff> most_changed;  // nullopt: no rank changed
    std::vector<RankWithoutPartner> only_base;
    std::vector<RankWithoutPartner> only_new;
    std::vector<UntrustedText> broken;  // error messages of pairs that could not be compared
    std::vector<Check> checks;          // of all ranks
    std::vector<RanksWarning> warnings;
};

}  // namespace snapq::report
