// The tree of the calls that lead to the memory that is live at a moment. It is built in one pass over the
// stacks that hold live memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "analysis/live_rows.hpp"
#include "archive/sqlite/database.hpp"
#include "report/call_tree.hpp"

namespace snapq::analysis {

struct CallTreeOptions {
    bool all_frames = false;             // false: Python frames only
    double min_share = 0.01;             // of everything that is live; smaller branches are left out
    std::optional<std::size_t> depth{};  // levels, from 1 to report::k_most_tree_levels
    // Bytes of memory for the tree and its names. The stacks with the most bytes are added first. When the
    // next frame of a stack does not fit, the bytes of the stack count for its outer frames that are in the
    // tree, and its other frames are left out.
    std::size_t most_bytes = std::size_t{8} << 20U;
};

// The bytes of all roots, with those that are left out, add up to the bytes of live_rows() at the same
// moment. Throws InputError for a damaged archive.
[[nodiscard]] report::CallTree call_tree(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         const CallTreeOptions& options);

}  // namespace snapq::analysis
