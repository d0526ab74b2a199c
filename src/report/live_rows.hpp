// The allocations that are live on a device at a moment, grouped by a key, or as a tree of calls. Filled by
// analysis, printed by render.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/figures.hpp"
#include "support/numbers.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::report {

// The key of a group of allocations. `key` is the same in all archives of the same program.
struct Key {
    UntrustedText key;
    UntrustedText label;  // for people: paths cut to their last two parts
    std::optional<UntrustedText> file;
    MaybeInteger line;  // nullopt if the recording has none
    std::optional<UntrustedText> function;
    std::optional<UntrustedText> op;
};

// The part of a group of allocations that was allocated before the first event of the trace.
struct OlderPart {
    std::int64_t bytes = 0;
    std::int64_t count = 0;
};

struct LiveRow : Key {
    MaybeInteger stack_id;  // the largest stack of the row, which also gives `op` and `line`
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    OlderPart older;  // of `bytes` and `count`
    // The maximum over the whole trace; nullopt if it is not known or not needed. It is an upper bound unless
    // `max_exact`: the stacks of a row may have their maxima at different times.
    MaybeInteger max_bytes;
    bool max_exact = true;
    std::vector<UntrustedText>
        stack{};  // frames of `stack_id`, innermost first; empty unless they are asked for
};

// Order of rows: the most bytes first, then by key.
[[nodiscard]] bool comes_before(const LiveRow& a, const LiveRow& b);
// About how much memory a row takes.
[[nodiscard]] std::size_t bytes_of(const LiveRow& row);

// The sum of the rows that are not kept because there are too many.
struct OtherLiveRows {
    std::int64_t keys = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    OlderPart older;  // of `bytes` and `count`

    void add(const LiveRow& row);
    void add(const OtherLiveRows& more);
};

struct LiveRows {
    std::int64_t device = 0;
    std::vector<LiveRow> rows;  // in the order of comes_before()
    OtherLiveRows others;       // all rows after the last of `rows`
    std::int64_t total_bytes = 0;
    std::int64_t total_count = 0;
    // For each of the user's rules for categories: whether it decided any category.
    std::vector<bool> used_rules{};
};

// The memory of a site, for the reason why it holds more or less than before, or than on another rank.
struct HeldMemory {
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // allocations
};

// Bytes are the count times the mean size. The reason is the factor that explains more of the change; on a
// tie, the count. One of:
//
//     "same count, larger"   "more allocations"    "larger"    "fewer but larger"
//     "same count, smaller"  "fewer allocations"   "smaller"   "more but smaller"
//
// The first row is for growth, the second one for the opposite; "" if the bytes are equal. If one count is 0,
// all allocations are new or gone, so the reason is their number.
[[nodiscard]] std::string_view change_reason(const HeldMemory& before, const HeldMemory& after);

// Whether the reason is about the size of the allocations, not about their number.
[[nodiscard]] bool is_about_size(std::string_view reason);

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
