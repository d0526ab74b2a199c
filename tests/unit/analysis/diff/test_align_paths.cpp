#include "analysis/diff/align_paths.hpp"

#include "support/catch.hpp"

namespace snapq::analysis {
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
