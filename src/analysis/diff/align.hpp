// Decides which lines of a function are the same line in two versions of its file, also when a line is told
// apart by the lines that called it. It reads neither archives nor source files: a recording has only the
// numbers of lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace snapq::analysis {

// A line that allocated, of all lines of its function.
struct AlignedLine {
    std::int64_t position = 0;  // its number, or another number in the order of the lines
    std::int64_t bytes = 0;     // the most that it held at any time
    std::string_view op{};      // the op that allocated most of it; empty: not known
};

// Indices into the lines of the base and into those of the new version.
using LinePair = std::pair<std::size_t, std::size_t>;

// Above this number of lines on a side, only equal positions are paired, because the time and memory of the
// other rules grow with the product of both numbers.
inline constexpr std::size_t k_most_aligned_lines = 256;

// The pairs in the order of the lines. `base` and `newer` are in the order of their positions, which are
// unique. Lines without a pair were added or removed.
//
// If both sides have the same positions, equal positions are paired. Otherwise edits have moved lines, but
// not past each other, so of all pairings that keep the order of the lines the one with the highest score is
// taken:
//
// - A pair explains the smaller of both lines' bytes; half of that if the bytes differ, and half again if the
//   ops are known and differ. The score is what all pairs explain.
// - Edits are few and small, so the shift (new minus base position) rarely changes, and then by a few lines.
//   Where it changes from one pair to the next, a quarter of the smaller of what both explain is subtracted;
//   if it changes by more than 10 lines, all of it. The first pair is compared with a shift of 0: it loses a
//   quarter or all of what it explains.
// - If scores are equal, the pairing with more pairs is taken, then the one whose lines moved less in sum,
//   then the one whose first pair that differs has the smaller base position, then the smaller new position.
//
// The weights were chosen by comparing the result with the truth for random edits of one or two statements:
// with them, 84 % to 100 % of the pairings are the true ones, and most of the others are as good, because
// lines hold the same bytes. scripts/lib/line_pairs.py is a second implementation.
[[nodiscard]] std::vector<LinePair> align_lines(std::span<const AlignedLine> base,
                                                std::span<const AlignedLine> newer);

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
