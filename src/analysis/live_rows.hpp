// What was live at a moment, by key. The moments that the conversion prepared (start, peak, reserved-peak,
// end, oom:N) come from table `live_stacks`; others, and keys that are no function of the stack, read the
// device's allocations once. Memory is bounded: many keys are sorted in temporary files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "archive/sqlite/database.hpp"
#include "report/live_rows.hpp"

namespace snapq::analysis {

// A moment on one device, resolved.
struct LiveAt {
    std::int64_t event = -1;  // the state after it; -1: before the first
    std::string prepared;     // name in `live_stacks`; empty: allocations are read
};

// Throws what resolve() throws: UsageError for what this device's trace does not have.
[[nodiscard]] LiveAt live_at(const Moment& moment, archive::Database& database, std::int64_t device);

// Rows of a report, all devices together: ten thousands, more than anybody reads.
inline constexpr std::size_t k_most_row_bytes = std::size_t{4} << 20U;

struct Grouping {
    KeyKind by = KeyKind::site;
    std::vector<std::string> user_prefixes{};  // see StackKeys
    // Fill `max_bytes`, and add rows of 0 bytes for keys that were live at other moments only.
    bool with_maxima = false;
    // Held as rows; what is beyond is summed up.
    std::size_t most_bytes = k_most_row_bytes;
};

[[nodiscard]] report::LiveRows live_rows(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         const Grouping& grouping);

}  // namespace snapq::analysis
