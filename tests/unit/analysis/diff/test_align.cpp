#include "analysis/diff/align.hpp"
#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

using Lines = std::vector<AlignedLine>;
using Numbers = std::vector<std::pair<std::int64_t, std::int64_t>>;

// The pairs by the numbers of their lines.
Numbers paired(const Lines& base, const Lines& newer) {
    Numbers numbers;
    for (const auto& [i, j] : align_lines(base, newer))
        numbers.emplace_back(base[i].position, newer[j].position);
    return numbers;
}

TEST_CASE("lines with the same numbers on both sides are paired by their numbers") {
    CHECK(paired({{3, 200}, {9, 50}}, {{3, 50}, {9, 200}}) == Numbers{{3, 3}, {9, 9}});
    CHECK(paired({}, {}).empty());
    CHECK(paired({{3, 200}}, {}).empty());
    CHECK(paired({}, {{3, 200}}).empty());
}

TEST_CASE("a function that moved is paired by its shift") {
    CHECK(paired({{22, 100}, {30, 20}}, {{25, 100}, {33, 20}}) == Numbers{{22, 25}, {30, 33}});
    CHECK(paired({{22, 100}, {30, 20}}, {{25, 300}, {33, 40}}) == Numbers{{22, 25}, {30, 33}});
    CHECK(paired({{22, 100}}, {{7, 1}}) == Numbers{{22, 7}});
}

TEST_CASE("a line that was added in the middle moves those behind it") {
    CHECK(paired({{10, 5}, {11, 6}, {12, 7}}, {{10, 5}, {11, 60}, {12, 6}, {13, 7}}) ==
          Numbers{{10, 10}, {11, 12}, {12, 13}});
    CHECK(paired({{10, 5}, {11, 6}, {12, 7}}, {{10, 5}, {11, 7}}) == Numbers{{10, 10}, {12, 11}});
}

TEST_CASE("a line that grew keeps its number when another line was added behind it") {
    CHECK(paired({{10, 50}, {20, 70}}, {{10, 50}, {20, 90}, {25, 30}}) == Numbers{{10, 10}, {20, 20}});
}

TEST_CASE("lines that are left are paired in their order, and ops decide") {
    CHECK(paired({{10, 9, "mm"}, {12, 4, "add"}, {14, 4, "mul"}, {30, 9, "mm"}},
                 {{10, 9, "mm"}, {13, 4, "mul"}, {30, 9, "mm"}}) == Numbers{{10, 10}, {14, 13}, {30, 30}});
    CHECK(paired({{10, 9, "mm"}, {12, 4, "add"}, {30, 9, "mm"}},
                 {{10, 9, "mm"}, {13, 4, "mul"}, {30, 9, "mm"}}) == Numbers{{10, 10}, {12, 13}, {30, 30}});
}

TEST_CASE("an op that is not known agrees with each") {
    CHECK(paired({{10, 4, "mm"}, {12, 4, ""}}, {{14, 4, "mm"}}) == Numbers{{12, 14}});
    CHECK(paired({{10, 4, "mm"}, {12, 4, "add"}}, {{14, 4, "mm"}}) == Numbers{{10, 14}});
}

TEST_CASE("lines of several functions with one name stay near where they were") {
    // Several classes of a file have a function forward. The new run has a larger batch, so no bytes are
    // equal, and a few lines of source were added and removed.
    CHECK(paired({{41, 232}, {57, 155}, {104, 2}, {107, 73}, {397, 94}},
                 {{39, 2869}, {54, 25}, {101, 76}, {104, 629}, {383, 302}, {399, 1208}, {524, 302}}) ==
          Numbers{{41, 39}, {57, 54}, {104, 101}, {107, 104}, {397, 399}});
}

TEST_CASE("lines do not pass each other") {
    CHECK(paired({{10, 100}, {20, 60}}, {{12, 60}, {15, 100}, {30, 1}}) == Numbers{{10, 15}, {20, 30}});
}

TEST_CASE("numbers and bytes of a damaged archive do no harm") {
    constexpr std::int64_t k_least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t k_most = std::numeric_limits<std::int64_t>::max();
    CHECK(paired({{k_least, k_most}, {0, -5}}, {{-1, k_most}, {5, k_least}, {k_most, k_most}}).size() == 2);
}

TEST_CASE("very many lines are paired by their numbers only") {
    Lines base;
    Lines newer;
    for (std::size_t i = 0; i <= k_most_aligned_lines; ++i) {
        base.push_back({static_cast<std::int64_t>(2 * i), 512, ""});
        newer.push_back({static_cast<std::int64_t>(2 * i + 1), 512, ""});
    }
    CHECK(paired(base, newer).empty());
    base.pop_back();
    newer.pop_back();
    CHECK(paired(base, newer).size() == k_most_aligned_lines);
}

}  // namespace

namespace {

struct CalledLine {
    LinePath path;
    std::int64_t bytes = 0;
    std::string_view op{};
};
using CalledLines = std::vector<CalledLine>;
using Paths = std::vector<std::pair<LinePath, LinePath>>;

std::vector<PathLine> lines_with_paths(const CalledLines& lines) {
    std::vector<PathLine> found;
    for (const CalledLine& line : lines) found.push_back({&line.path, line.bytes, line.op});
    return found;
}

Paths paths_of(const std::vector<LinePair>& pairs, const CalledLines& base, const CalledLines& newer) {
    Paths paths;
    for (const auto& [i, j] : pairs) paths.emplace_back(base[i].path, newer[j].path);
    return paths;
}

Paths paired_calls(const CalledLines& base, const CalledLines& newer) {
    return paths_of(align_paths(lines_with_paths(base), lines_with_paths(newer)), base, newer);
}

TEST_CASE("paths of one line are aligned as lines") {
    CHECK(paired_calls({{{22}, 100}, {{30}, 20}}, {{{25}, 100}, {{33}, 20}}) ==
          Paths{{{22}, {25}}, {{30}, {33}}});
    CHECK(paired_calls({}, {{{3}, 200}}).empty());
    CHECK(paired_calls({{{3}, 200}}, {}).empty());
}

TEST_CASE("a line and its caller can move by different distances") {
    CHECK(paired_calls({{{10, 200}, 5}, {{10, 210}, 7}}, {{{12, 150}, 5}, {{12, 160}, 7}}) ==
          Paths{{{10, 200}, {12, 150}}, {{10, 210}, {12, 160}}});
}

TEST_CASE("callers match only among the calls of lines that match") {
    // Line 10 was removed, so what line 90 called at line 20 is new there.
    CHECK(paired_calls({{{10, 90}, 64}, {{20, 80}, 512}}, {{{20, 80}, 512}, {{20, 90}, 64}}) ==
          Paths{{{20, 80}, {20, 80}}});
}

TEST_CASE("a line is aligned by the bytes of all its calls") {
    const CalledLines base{{{10, 1}, 40}, {{10, 2}, 60}, {{11, 1}, 30}};
    const CalledLines newer{{{15, 1}, 60}, {{15, 2}, 40}, {{17, 1}, 31}};
    CHECK(paired_calls(base, newer).front() == std::pair<LinePath, LinePath>{{10, 1}, {15, 1}});
    CHECK(paired_calls(base, newer).size() == 3);
}

TEST_CASE("callers of callers are told apart") {
    const CalledLines lines{{{10, 5, 1}, 8}, {{10, 5, 2}, 8}, {{10, 6, 1}, 8}};
    CHECK(paired_calls(lines, lines).size() == 3);
}

TEST_CASE("paths of different lengths are no reason to fail") {
    const CalledLines base{{{10}, 8}, {{10, 5}, 8}};
    const CalledLines newer{{{10, 5}, 8}, {{10, 5, 7}, 8}};
    CHECK(paired_calls(base, newer).size() == 1);
}

TEST_CASE("equal paths can be paired alone") {
    const CalledLines base{{{1, 9}}, {{2, 8}}, {{3, 7}}};
    const CalledLines newer{{{1, 9}}, {{2, 9}}, {{3, 7}}};
    CHECK(paths_of(pair_equal_paths(lines_with_paths(base), lines_with_paths(newer)), base, newer) ==
          Paths{{{1, 9}, {1, 9}}, {{3, 7}, {3, 7}}});
}

}  // namespace

}  // namespace snapq::analysis
