// The tree of the calls that lead to the memory that is live at a moment. One pass over the stacks that hold
// some builds it.
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
    // Memory for the names of frames. The stacks with the most bytes come first; of those that do not fit,
    // the frames that are there already get the bytes, and the others are left out.
    std::size_t most_bytes = std::size_t{8} << 20U;
};

// The bytes of the roots, shown or left out, are those of live_rows() at the same moment. Throws InputError
// for a damaged archive.
[[nodiscard]] report::CallTree call_tree(archive::Database& database, std::int64_t device, const LiveAt& at,
                                         const CallTreeOptions& options);

}  // namespace snapq::analysis
