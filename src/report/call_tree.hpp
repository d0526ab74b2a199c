// What was live at a moment, as a tree of calls: the outermost frame of each stack at the roots, the frame
// that allocated at the leaves. Filled by analysis, printed by render.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "report/live_rows.hpp"

namespace snapq::report {

// Levels that a tree has at most, so that its JSON is not nested deeper than readers accept (Python's reads
// about 500 levels). Frames that hold the same memory as their caller are no levels of their own, so real
// trees have some tens.
inline constexpr std::size_t k_most_tree_levels = 200;

// Branches that the tree does not show.
struct LeftOutCalls {
    std::int64_t branches = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;

    void add(std::int64_t more_bytes, std::int64_t more_count);
    void add(const LeftOutCalls& more);
};

// A frame and what all stacks through it hold. `bytes` are those of its children, of what is left out below
// it, and of `own_bytes`.
struct CallNode {
    std::size_t level = 0;  // 0: a root
    // Its name; `label` has a short path. A stack without frames has the name that `--by site` gives it, and
    // no function.
    Key frame;
    // Frames between the parent and this one that hold exactly the same memory, outermost first. They are not
    // nodes of their own.
    std::vector<Key> chain;
    // The innermost of `chain` and `frame` that is no part of PyTorch or of the standard library, by its
    // place; the place of `frame`, which is the last, where there is none. Short names show this one.
    std::size_t named_by = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    OlderPart older;             // of `bytes` and `count`
    std::int64_t own_bytes = 0;  // of stacks that end here
    std::int64_t own_count = 0;
    LeftOutCalls left_out;  // directly below this node
};

struct CallTree {
    std::vector<CallNode> nodes;  // each before its children, and siblings by bytes, the largest first
    std::int64_t bytes = 0;       // of all roots, whether shown or not: everything that was live
    std::int64_t count = 0;
    bool all_frames = false;           // false: Python frames only
    double min_share = 0;              // of `bytes`; smaller branches are left out
    std::optional<std::size_t> depth;  // levels; nullopt: k_most_tree_levels
    LeftOutCalls below_share;          // left out, all in all
    LeftOutCalls below_depth;
    LeftOutCalls beyond_memory;  // stacks that a tree of bounded memory has no room for; the smallest
};

}  // namespace snapq::report
