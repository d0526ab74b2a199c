// What `diff` found, as plain data: made by analysis, printed by render.
//
// Bytes are requested bytes unless a name says otherwise. A figure that a file does not have is empty, never
// 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/check.hpp"
#include "report/figures.hpp"
#include "support/numbers.hpp"

namespace snapq::report {

enum class DiffStatus : std::uint8_t { added, removed, grown, shrunk, same };
[[nodiscard]] std::string_view name_of(DiffStatus status);

// One figure of both sides.
struct DiffFigure {
    MaybeInteger base;
    MaybeInteger newer;

    // Empty unless both sides know theirs.
    [[nodiscard]] MaybeInteger delta() const;
};

// The most a row ever held, at any time of its trace.
struct DiffMaximum {
    std::int64_t bytes = 0;
    // False: the row is made of several stacks, and only the sum of their own maxima is known, which they may
    // have reached at different times. The truth is at most `bytes`.
    bool exact = true;
};

struct DiffRow {
    std::string key;    // by what both sides were matched; the same whenever the same two runs are compared
    std::string label;  // the key for people, with the line where the new side allocates most
    std::int64_t base_bytes = 0;
    std::int64_t new_bytes = 0;
    std::int64_t base_count = 0;  // allocations
    std::int64_t new_count = 0;
    std::optional<DiffMaximum> base_max;  // empty where it cannot be known
    std::optional<DiffMaximum> new_max;
    MaybeInteger base_stack_id;  // the largest of its stacks, in that archive
    MaybeInteger new_stack_id;

    [[nodiscard]] std::int64_t delta() const { return saturating_subtract(new_bytes, base_bytes); }
    [[nodiscard]] DiffStatus status() const;
};

// Adds bytes and counts.
void add_to(DiffRow& sum, const DiffRow& row);
// Largest |delta| first, then the largest, then by key.
[[nodiscard]] bool comes_before(const DiffRow& a, const DiffRow& b);
// What a row takes of memory, about.
[[nodiscard]] std::size_t bytes_of(const DiffRow& row);

// Rows that are there, but too many to be held: all behind those that are.
struct OtherDiffRows {
    std::size_t count = 0;
    DiffRow sum;
    std::int64_t largest_delta = 0;  // of one row; 0: none grew

    void add(const DiffRow& row);
};

// Where in a trace the compared state lies.
struct DiffMoment {
    std::string moment;            // as asked for: "peak", "event:7"
    MaybeInteger event;            // -1: before the first event
    MaybeInteger timestep;         // of allocations.json; of the peak only
    std::int64_t event_count = 0;  // of the trace
    MaybeInteger after_us;         // since the first event
    std::string site;              // who made the peak; empty when not known or not a peak
    bool has_trace = false;
    bool complete = true;  // false: events are missing, the peak is a lower bound
};

struct DiffDevice {
    std::int64_t device = 0;
    bool in_base = false;
    bool in_new = false;
    std::optional<DiffMoment> base_at;  // empty when the device is not on that side
    std::optional<DiffMoment> new_at;
    // A side without any trace does not have the device: whether that held memory before the dump is unknown.
    bool unrecorded = false;
    // A device that one side does not have holds 0 bytes there.
    DiffFigure peak_requested;
    DiffFigure peak_reserved;
    DiffFigure requested;  // at the compared moments
    DiffFigure reserved;   // at the compared moments
    DiffFigure end_requested;
    DiffFigure end_reserved;
    DiffFigure allocations;     // in the whole trace, a count
    bool rows_known = true;     // false: an archive does not know what is needed for rows
    std::vector<DiffRow> rows;  // in their order
    OtherDiffRows others;

    // The sum of all rows, the others too.
    [[nodiscard]] DiffRow total() const;
};

struct DiffSetting {
    std::string key;
    std::optional<std::string> base;  // empty: not recorded there
    std::optional<std::string> newer;
};

struct DiffReport {
    std::optional<std::string> base;  // name of the archive; empty when there was none yet
    std::string newer;
    std::string by = "site";
    bool exact = false;  // whole stacks with C++ frames and lines
    std::vector<DiffDevice> devices;
    std::vector<DiffSetting> settings;  // only those that differ
    std::vector<Check> checks;          // those of rows name the row as their subject
    std::vector<std::string> warnings;  // reasons not to trust the comparison
    std::vector<std::string> remarks;   // worth knowing
};

}  // namespace snapq::report
