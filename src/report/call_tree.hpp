// What was live at a moment, as a tree of calls: the outermost frame of each stack at the roots, the frame
// that allocated at the leaves. A comparison has one tree with the figures of both sides; those of the base
// are 0 otherwise. Filled by analysis, printed by render.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "report/live_rows.hpp"
#include "support/numbers.hpp"

namespace snapq::report {

// The most levels of a tree, so that its JSON is not nested deeper than readers accept (Python's json module
// reads about 500 levels). A frame that holds the same memory as its caller adds no level, so real trees have
// a few dozen.
inline constexpr std::size_t k_most_tree_levels = 200;

// Branches that the tree does not show.
struct LeftOutCalls {
    std::int64_t branches = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    std::int64_t base_bytes = 0;
    std::int64_t base_count = 0;

    void add(const LeftOutCalls& more);
};

// A frame and the memory of all stacks that pass through it. `bytes` is the sum of its children, of what is
// left out below it, and of `own_bytes`.
struct CallNode {
    std::size_t level = 0;  // 0: a root
    // Its name; `label` has a short path. A stack without frames has the name that `--by site` gives it, and
    // no function.
    Key frame;
    // Frames between the parent and this one that hold exactly the same memory, outermost first. They are not
    // nodes of their own.
    std::vector<Key> chain;
    // The index of the frame that short names show, in the list of `chain` followed by `frame`: the innermost
    // one that belongs neither to PyTorch nor to the standard library, else the last one, which is `frame`.
    std::size_t named_by = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    OlderPart older;             // of `bytes` and `count`
    std::int64_t own_bytes = 0;  // of the stacks that end here
    std::int64_t own_count = 0;
    LeftOutCalls left_out;  // directly below this node
    std::int64_t base_bytes = 0;
    std::int64_t base_count = 0;
    std::int64_t base_own_bytes = 0;
    std::int64_t base_own_count = 0;

    [[nodiscard]] std::int64_t growth() const { return saturating_subtract(bytes, base_bytes); }
};

struct CallTree {
    // Each before its children. Siblings by bytes, the largest first; in a comparison by the size of the
    // change.
    std::vector<CallNode> nodes;
    std::int64_t bytes = 0;  // of all roots, whether shown or not: everything that was live
    std::int64_t count = 0;
    std::int64_t base_bytes = 0;
    std::int64_t base_count = 0;
    bool all_frames = false;  // false: Python frames only
    double min_share = 0;     // of `bytes` or `base_bytes`, the larger one; smaller branches are left out
    std::optional<std::size_t> depth;  // levels; nullopt: k_most_tree_levels
    LeftOutCalls below_share;          // the sum of all branches left out for this reason
    LeftOutCalls below_depth;
    LeftOutCalls beyond_memory;  // the smallest stacks, which did not fit into the memory limit
};

}  // namespace snapq::report
