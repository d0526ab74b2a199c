// Decides which lines are the same in two versions of the source, when a line is told apart by the lines that
// called it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/diff/align.hpp"

namespace snapq::analysis {

// The position of the line itself, then those of the lines that called it, outwards.
using LinePath = std::vector<std::int64_t>;

struct PathLine {
    const LinePath* path = nullptr;
    std::int64_t bytes = 0;  // the most that it held at any time
    std::string_view op{};   // that allocated most of it; empty: not known
};

// The pairs in the order of the lines. Paths are in their order and unique on each side, and usually have the
// same length.
//
// Level by level: first the innermost lines are aligned as align_lines() says, where a line has the sum of
// the bytes of all its calls. Then, of two lines that are a pair, the lines that called them are aligned in
// the same way, and so on outwards. Calls of lines that are no pair are no pairs.
[[nodiscard]] std::vector<LinePair> align_paths(std::span<const PathLine> base,
                                                std::span<const PathLine> newer);

// Pairs equal paths only.
[[nodiscard]] std::vector<LinePair> pair_equal_paths(std::span<const PathLine> base,
                                                     std::span<const PathLine> newer);

}  // namespace snapq::analysis
