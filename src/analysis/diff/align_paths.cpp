#include "analysis/diff/align_paths.hpp"

#include <algorithm>
#include <compare>
#include <tuple>

#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

// Lines from `first` to before `end` whose paths begin alike.
struct Range {
    std::size_t first = 0;
    std::size_t end = 0;
};
using RangePair = std::pair<Range, Range>;

// The ranges of one side whose paths are equal up to a level, each as one line.
struct Groups {
    std::vector<Range> ranges;
    std::vector<AlignedLine> lines;
};

// Strange names of functions can make callers look like a part of a name, so paths may differ in length.
std::int64_t position_at(const LinePath& path, std::size_t level) {
    constexpr std::int64_t k_no_line = -2;  // less than that of an unknown line
    return level < path.size() ? path[level] : k_no_line;
}

std::size_t levels_of(std::span<const PathLine> lines) {
    std::size_t levels = 0;
    for (const PathLine& line : lines) levels = std::max(levels, line.path->size());
    return levels;
}

Groups groups_of(std::span<const PathLine> lines, Range range, std::size_t level) {
    Groups groups;
    std::int64_t op_bytes = 0;  // of the line that gives the last group its operator
    for (std::size_t i = range.first; i < range.end; ++i) {
        const PathLine& line = lines[i];
        const std::int64_t position = position_at(*line.path, level);
        if (groups.lines.empty() || groups.lines.back().position != position) {
            groups.ranges.push_back({i, i});
            groups.lines.push_back({position, 0, line.op});
            op_bytes = line.bytes;
        }
        AlignedLine& group = groups.lines.back();
        group.bytes = saturating_add(group.bytes, line.bytes);
        if (std::tie(line.bytes, group.op) > std::tie(op_bytes, line.op)) {
            group.op = line.op;
            op_bytes = line.bytes;
        }
        groups.ranges.back().end = i + 1;
    }
    return groups;
}

}  // namespace

std::vector<LinePair> align_paths(std::span<const PathLine> base, std::span<const PathLine> newer) {
    if (base.empty() || newer.empty()) return {};
    std::vector<RangePair> paired{{{0, base.size()}, {0, newer.size()}}};
    const std::size_t levels = std::max(levels_of(base), levels_of(newer));
    for (std::size_t level = 0; level < levels; ++level) {
        std::vector<RangePair> next;
        for (const auto& [of_base, of_new] : paired) {
            const Groups base_groups = groups_of(base, of_base, level);
            const Groups new_groups = groups_of(newer, of_new, level);
            for (const auto& [i, j] : align_lines(base_groups.lines, new_groups.lines))
                next.emplace_back(base_groups.ranges[i], new_groups.ranges[j]);
        }
        paired = std::move(next);
    }
    std::vector<LinePair> pairs;
    for (const auto& [of_base, of_new] : paired) pairs.emplace_back(of_base.first, of_new.first);
    return pairs;
}

std::vector<LinePair> pair_equal_paths(std::span<const PathLine> base, std::span<const PathLine> newer) {
    std::vector<LinePair> pairs;
    for (std::size_t i = 0, j = 0; i < base.size() && j < newer.size();) {
        const std::strong_ordering order = *base[i].path <=> *newer[j].path;
        if (order == 0) pairs.emplace_back(i, j);
        if (order <= 0) ++i;
        if (order >= 0) ++j;
    }
    return pairs;
}

}  // namespace snapq::analysis
