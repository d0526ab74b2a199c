// What was live at a moment on a device, grouped by a key. Filled by analysis, printed by render.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapq/report/figures.hpp"

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

struct LiveRows {
    std::int64_t device = 0;
    std::vector<LiveRow> rows;  // most bytes first, then by key
    std::int64_t total_bytes = 0;
    std::int64_t total_count = 0;
};

}  // namespace snapq::report
