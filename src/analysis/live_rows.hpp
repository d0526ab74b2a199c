// What was live at a moment, by key. The moments that the conversion prepared (start, peak, reserved-peak,
// end, oom:N) are read from table `live_stacks`. Other moments, and keys that do not depend on the stack,
// read the device's allocations once. Memory is bounded: SQLite sorts many keys in temporary files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

class CategoryRules;

// A moment on one device.
struct LiveAt {
    std::int64_t event = -1;  // the state after this event; -1: before the first event
    std::string prepared;     // its name in `live_stacks`; empty: allocations are read
    bool has_trace = true;    // false: nothing was recorded, so no memory counts as older than the recording

    friend bool operator==(const LiveAt&, const LiveAt&) = default;
};

// The caller sets `has_trace`. Throws the errors of resolve(): UsageError if this device's trace does not
// have the moment.
[[nodiscard]] LiveAt live_at(const Moment& moment, archive::Database& database, std::int64_t device);

// The same for a moment with a name, such as "oom:3", whose event is known.
[[nodiscard]] LiveAt live_at_named(std::string moment, std::int64_t event, archive::Database& database,
                                   std::int64_t device);

// Bytes of memory for the rows of all devices of a report: enough for some ten thousand rows.
inline constexpr std::size_t k_most_row_bytes = std::size_t{4} << 20U;

struct Grouping {
    KeyKind by = KeyKind::site;
    std::vector<std::string> user_prefixes{};  // see StackKeys
    std::size_t site_depth = 1;                // see StackKeys
    std::size_t module_depth = 0;              // see StackKeys
    // For KeyKind::category: rules that are tried before the categories of the archive. Null: no rules.
    std::shared_ptr<const CategoryRules> rules{};
    // Fills `max_bytes`, and adds rows of 0 bytes for keys that were live at other moments only.
    bool with_maxima = false;
    // Bytes of memory for rows; the rows after those that fit are only summed.
    std::size_t most_bytes = k_most_row_bytes;
};

// Rows by bytes, largest first. Throws InputError for a damaged archive.
[[nodiscard]] report::LiveRows live_rows(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         const Grouping& grouping);

// The allocations of device ?1 that are live after event ?2, see analysis/moment.hpp.
[[nodiscard]] std::string from_live_allocations();

// The part of a group of allocations that is older than the recording. `preexisting` is the same for the
// whole group, so the part is all of it or nothing.
[[nodiscard]] inline report::OlderPart older_part(const LiveAt& at, bool preexisting, std::int64_t bytes,
                                                  std::int64_t count) {
    return preexisting && at.has_trace ? report::OlderPart{bytes, count} : report::OlderPart{};
}

// The memory of one stack at the moment, or its maximum over the trace.
struct StackUsage {
    report::MaybeInteger stack;
    bool preexisting = false;  // allocated before the recording
    bool is_maximum = false;
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // not set for a maximum
};

enum class StackOrder : std::uint8_t { any, most_bytes_first };

// A query whose parameters are bound: call next(), then usage_in() for each row.
//
// A stack has one row for each origin: allocated in the trace, or before it.
[[nodiscard]] archive::Query live_stacks(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         StackOrder order = StackOrder::any);
// The maximum of each stack over the trace. Stacks reach their maxima at different times, so the sum of
// several maxima is only an upper bound.
[[nodiscard]] archive::Query stack_maxima(archive::Database& database, std::int64_t device);

[[nodiscard]] StackUsage usage_in(const archive::Query& row);

}  // namespace snapq::analysis
