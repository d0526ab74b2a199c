#include "analysis/diff/align.hpp"

#include <algorithm>
#include <compare>
#include <limits>
#include <tuple>
#include <utility>

#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

// With these limits and the limit on lines, all sums stay below 2^63.
constexpr std::int64_t k_most_bytes = std::int64_t{1} << 48;
constexpr std::int64_t k_most_moved = std::int64_t{1} << 40;

constexpr std::uint32_t k_none = std::numeric_limits<std::uint32_t>::max();

// How good a pairing is. Bytes are multiplied by 16, so that halves and quarters of them are whole numbers.
struct Score {
    std::int64_t bytes = 0;
    std::int64_t pairs = 0;
    std::int64_t moved = 0;  // the sum of all shifts, in lines

    [[nodiscard]] bool is_above(const Score& other) const {
        return std::tie(bytes, pairs, other.moved) > std::tie(other.bytes, other.pairs, moved);
    }
    [[nodiscard]] bool equals(const Score& other) const {
        return std::tie(bytes, pairs, moved) == std::tie(other.bytes, other.pairs, other.moved);
    }
};

// The best pairing of the lines that follow a pair, and the first pair in it.
struct Rest {
    Score score;
    std::uint32_t first = k_none;

    // Pairs with a smaller number come first in the order of the lines.
    void improve(const Score& other, std::uint32_t other_first) {
        if (other.is_above(score) || (other.equals(score) && other_first < first)) {
            *this = {other, other_first};
        }
    }
};

Score less(Score score, std::int64_t bytes) {
    score.bytes -= bytes;
    return score;
}

// Finds the best pairing from the last lines to the first. The pair of lines i and j has the number
// i * m + j, where m is the number of new lines. Pairs with the same shift lie on one diagonal.
class Aligner {
public:
    Aligner(std::span<const AlignedLine> base, std::span<const AlignedLine> newer)
        : m_base(base),
          m_newer(newer),
          m_pairs(base.size() * newer.size()),
          m_any(newer.size() + 1),
          m_any_reduced(newer.size() + 1) {
        sort_diagonals();
    }

    std::vector<LinePair> pairs() {
        for (std::size_t i = m_base.size(); i-- > 0;) {
            for (std::size_t j = 0; j < m_newer.size(); ++j) score(i, j);
            add_row(i);
        }
        std::vector<LinePair> pairs;
        for (std::uint32_t at = m_start.first; at != k_none; at = m_pairs[at].next) {
            pairs.emplace_back(at / m_newer.size(), at % m_newer.size());
        }
        return pairs;
    }

private:
    struct Pair {
        Score score;                  // of the best pairing that begins with this pair
        std::uint32_t next = k_none;  // the next pair in that pairing
        std::uint32_t diagonal = 0;   // index
        std::int64_t explained = 0;   // see explained()
    };
    struct Diagonal {
        std::int64_t shift = 0;
        std::size_t first =
            0;  // the first pair that has a score, an index into m_by_shift; `end` if none has
        std::size_t end = 0;
    };

    [[nodiscard]] std::uint32_t number_of(std::size_t i, std::size_t j) const {
        return static_cast<std::uint32_t>(i * m_newer.size() + j);
    }

    void sort_diagonals() {
        std::vector<std::pair<std::int64_t, std::uint32_t>> shifts;
        shifts.reserve(m_pairs.size());
        for (std::size_t i = 0; i < m_base.size(); ++i) {
            for (std::size_t j = 0; j < m_newer.size(); ++j) {
                m_pairs[number_of(i, j)].explained = explained(m_base[i], m_newer[j]);
                shifts.emplace_back(saturating_subtract(m_newer[j].position, m_base[i].position),
                                    number_of(i, j));
            }
        }
        std::ranges::sort(shifts);
        m_by_shift.reserve(shifts.size());
        for (const auto& [shift, number] : shifts) {
            if (m_diagonals.empty() || m_diagonals.back().shift != shift)
                m_diagonals.push_back({shift, 0, 0});
            m_by_shift.push_back(number);
            m_diagonals.back().first = m_diagonals.back().end = m_by_shift.size();
            m_pairs[number].diagonal = static_cast<std::uint32_t>(m_diagonals.size() - 1);
        }
    }

    // Four times the bytes that a pair explains, which is a quarter of what the pair adds to the score.
    static std::int64_t explained(const AlignedLine& from, const AlignedLine& to) {
        std::int64_t bytes =
            std::clamp(std::min(from.bytes, to.bytes), std::int64_t{0}, k_most_bytes) * k_far_cost;
        if (from.bytes != to.bytes) bytes /= 2;
        if (!from.op.empty() && !to.op.empty() && from.op != to.op) bytes /= 2;
        return bytes;
    }

    // Scores a pair. All pairs of later base lines have been added.
    void score(std::size_t i, std::size_t j) {
        Pair& pair = m_pairs[number_of(i, j)];
        Rest rest;
        rest.improve(m_any_reduced[j + 1].score, m_any_reduced[j + 1].first);
        rest.improve(less(m_any[j + 1].score, k_far_cost * pair.explained), m_any[j + 1].first);
        improve_by_near(rest, pair, j);
        const std::int64_t moved =
            std::min(distance_between(m_diagonals[pair.diagonal].shift, 0), k_most_moved);
        pair.score = {rest.score.bytes + k_far_cost * pair.explained, rest.score.pairs + 1,
                      rest.score.moved + moved};
        pair.next = rest.first;
    }

    // Considers next pairs whose shift is the same or nearly the same. On each diagonal the first pair is the
    // best: a pairing that leaves it out would have a higher score with it.
    void improve_by_near(Rest& rest, const Pair& pair, std::size_t j) const {
        const std::int64_t shift = m_diagonals[pair.diagonal].shift;
        std::size_t diagonal = pair.diagonal;
        while (diagonal > 0 && is_near(m_diagonals[diagonal - 1].shift, shift)) --diagonal;
        for (; diagonal < m_diagonals.size() && is_near(m_diagonals[diagonal].shift, shift); ++diagonal) {
            const auto& [other_shift, first, end] = m_diagonals[diagonal];
            std::size_t at = first;
            // Skips at most a few pairs, because the diagonals are near each other.
            while (at != end && m_by_shift[at] % m_newer.size() <= j) ++at;
            if (at == end) continue;
            const Pair& next = m_pairs[m_by_shift[at]];
            const std::int64_t cost = other_shift == shift ? 0 : std::min(pair.explained, next.explained);
            rest.improve(less(next.score, cost), m_by_shift[at]);
        }
    }

    // Makes the pairs of base line i available to the pairs of earlier base lines.
    void add_row(std::size_t i) {
        Rest any;
        Rest any_reduced;
        for (std::size_t j = m_newer.size(); j-- > 0;) {
            const std::uint32_t number = number_of(i, j);
            const Pair& pair = m_pairs[number];
            --m_diagonals[pair.diagonal].first;
            m_start.improve(less(pair.score, cost_of_first(pair)), number);
            any.improve(pair.score, number);
            any_reduced.improve(less(pair.score, k_far_cost * pair.explained), number);
            m_any[j].improve(any.score, any.first);
            m_any_reduced[j].improve(any_reduced.score, any_reduced.first);
        }
    }

    [[nodiscard]] std::int64_t cost_of_first(const Pair& pair) const {
        const std::int64_t shift = m_diagonals[pair.diagonal].shift;
        if (shift == 0) return 0;
        return is_near(shift, 0) ? pair.explained : k_far_cost * pair.explained;
    }

    static bool is_near(std::int64_t a, std::int64_t b) {
        constexpr std::int64_t k_near = 10;  // lines
        return distance_between(a, b) <= k_near;
    }

    // A large change of the shift costs all that the smaller pair explains, a small change a quarter of it.
    static constexpr std::int64_t k_far_cost = 4;

    std::span<const AlignedLine> m_base;
    std::span<const AlignedLine> m_newer;
    std::vector<Pair> m_pairs;              // by number
    std::vector<std::uint32_t> m_by_shift;  // all pairs by shift, then by number
    std::vector<Diagonal> m_diagonals;      // ascending
    // The best pairing of later base lines and of the new lines from j on, for a pair before it whose shift
    // is very different. This change costs the smaller of what that pair and the first pair of the pairing
    // explain. m_any_reduced has already subtracted what its first pair explains; from m_any, the pair before
    // subtracts what it explains itself. The larger result is the right one, because less is subtracted from
    // it.
    std::vector<Rest> m_any;
    std::vector<Rest> m_any_reduced;
    Rest m_start;
};

bool have_same_positions(std::span<const AlignedLine> base, std::span<const AlignedLine> newer) {
    return std::ranges::equal(base, newer, {}, &AlignedLine::position, &AlignedLine::position);
}

// Pairs equal positions only.
std::vector<LinePair> pair_equal_lines(std::span<const AlignedLine> base,
                                       std::span<const AlignedLine> newer) {
    std::vector<LinePair> pairs;
    for (std::size_t i = 0, j = 0; i < base.size() && j < newer.size();) {
        if (base[i].position == newer[j].position) pairs.emplace_back(i, j);
        const bool next_base = base[i].position <= newer[j].position;
        const bool next_new = newer[j].position <= base[i].position;
        i += next_base ? 1 : 0;
        j += next_new ? 1 : 0;
    }
    return pairs;
}

}  // namespace

std::vector<LinePair> align_lines(std::span<const AlignedLine> base, std::span<const AlignedLine> newer) {
    const bool too_many = std::max(base.size(), newer.size()) > k_most_aligned_lines;
    if (too_many || have_same_positions(base, newer)) return pair_equal_lines(base, newer);
    if (base.empty() || newer.empty()) return {};
    return Aligner(base, newer).pairs();
}

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
