// What was live at a moment on a device, grouped by a key. Filled by analysis, printed by render.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/figures.hpp"

namespace snapq::report {

// A group that allocations belong to. `key` is the same for the same program in every archive.
struct Key {
    std::string key;
    std::string label;  // for people: paths cut to their last two parts
    std::optional<std::string> file;
    MaybeInteger line;  // nullopt where the recording has none
    std::optional<std::string> function;
    std::optional<std::string> op;
};

struct LiveRow : Key {
    MaybeInteger stack_id;  // the row's largest stack; `op`, and the line among several, are this stack's
    std::int64_t bytes = 0;
    std::int64_t count = 0;
    // The most that was live at once over the whole trace; nullopt where it was not asked for or is unknown.
    // When not `max_exact` (several stacks in one row peak at different times) it is an upper bound.
    MaybeInteger max_bytes;
    bool max_exact = true;
};

// Most bytes first, then by key.
[[nodiscard]] bool comes_before(const LiveRow& a, const LiveRow& b);
// What a row takes of memory, about.
[[nodiscard]] std::size_t bytes_of(const LiveRow& row);

// Rows that are there, but too many to be held.
struct OtherLiveRows {
    std::int64_t keys = 0;
    std::int64_t bytes = 0;
    std::int64_t count = 0;

    void add(const LiveRow& row);
    void add(const OtherLiveRows& more);
};

struct LiveRows {
    std::int64_t device = 0;
    std::vector<LiveRow> rows;  // in their order
    OtherLiveRows others;       // all behind the last of `rows`
    std::int64_t total_bytes = 0;
    std::int64_t total_count = 0;
};

}  // namespace snapq::report
