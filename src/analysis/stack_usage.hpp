// What each stack of a device holds at a moment.
#pragma once

#include <cstdint>
#include <string_view>

#include "analysis/live_rows.hpp"
#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

// The allocations of device ?1 that are live after event ?2, see analysis/moment.hpp.
inline constexpr std::string_view k_live_allocations =
    "FROM allocations WHERE device = ?1 AND coalesce(alloc_event, -1) <= ?2 AND (end_event IS NULL OR "
    "end_event > ?2)";

// What one stack holds at the moment, or its maximum over the trace.
struct StackUsage {
    report::MaybeInteger stack;
    bool preexisting = false;  // allocated before the recording
    bool is_maximum = false;
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // not of a maximum
};

enum class StackOrder : std::uint8_t { any, most_bytes_first };

// The rows of a query whose parameters are set. next() of it, then usage_in().
//
// A stack has one row for each origin: allocated in the trace, or before it.
[[nodiscard]] archive::Query live_stacks(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         StackOrder order = StackOrder::any);
// The most that each of them held. These rows, and the stacks of one key, reach their maxima at different
// times.
[[nodiscard]] archive::Query stack_maxima(archive::Database& database, std::int64_t device);

[[nodiscard]] StackUsage usage_in(const archive::Query& row);

}  // namespace snapq::analysis
