#include "analysis/diff/match.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

using report::DiffRow;
using report::DiffStatus;

struct LineUse {
    std::int64_t number;
    std::int64_t bytes;  // 0: not live at the compared moment
    std::string op = "";
    std::int64_t most = 0;  // 0: `bytes`
};

SidePart line_part(const std::string& function, const LineUse& line) {
    SidePart made;
    made.key = fmt::format("m.py:{} {}", line.number, function);
    made.label = "m.py " + function;
    made.op = line.op;
    made.line = PartLine{"m.py " + function, line.number, {line.number}, 4};
    made.bytes = line.bytes;
    made.count = line.bytes > 0 ? 1 : 0;
    made.maximum = PartMaximum{line.most > 0 ? line.most : line.bytes, 0, false, true};
    return made;
}

// The rows of one function f, by their keys.
std::vector<DiffRow> line_rows(const std::vector<LineUse>& base, const std::vector<LineUse>& newer,
                               LineMatcher::Rows kind = LineMatcher::Rows::lines) {
    std::vector<DiffRow> rows;
    LineMatcher matcher(kind, [&](DiffRow&& row) { rows.push_back(std::move(row)); });
    std::vector<std::pair<SidePart, bool>> parts;
    for (const LineUse& line : base) parts.emplace_back(line_part("f", line), true);
    for (const LineUse& line : newer) parts.emplace_back(line_part("f", line), false);
    std::ranges::stable_sort(parts, {}, [](const auto& each) { return each.first.key; });
    for (auto& [each, of_base] : parts) matcher.add(std::move(each), of_base);
    matcher.finish();
    std::ranges::sort(rows, {}, &DiffRow::key);
    return rows;
}

TEST_CASE("a row is a line, not the sum of its function") {
    const auto rows = line_rows({{3, 200}, {9, 50}}, {{3, 150}, {9, 120}});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "m.py:3 f");
    CHECK(rows[0].label == "m.py:3 f");
    CHECK(rows[0].delta() == -50);
    CHECK(rows[1].delta() == 70);
    CHECK(rows[1].base_line == 9);
    CHECK(rows[1].new_line == 9);
}

TEST_CASE("a line that moved shows both numbers and its op") {
    const auto rows = line_rows({{22, 100, "mm"}}, {{25, 120, "mm"}});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].key == "m.py:25 f");
    CHECK(rows[0].label == "m.py:22 → 25 f (mm)");
    CHECK(rows[0].op == "mm");
    CHECK(rows[0].base_line == 22);
    CHECK(rows[0].new_line == 25);
    CHECK(rows[0].status() == DiffStatus::grown);
}

TEST_CASE("lines of different functions are never paired") {
    std::vector<DiffRow> rows;
    LineMatcher matcher(LineMatcher::Rows::lines, [&](DiffRow&& row) { rows.push_back(std::move(row)); });
    matcher.add(line_part("f", {3, 100}), true);
    matcher.add(line_part("g", {3, 100}), false);
    matcher.finish();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].status() == DiffStatus::removed);
    CHECK_FALSE(rows[0].new_line);
    CHECK(rows[1].status() == DiffStatus::added);
}

TEST_CASE("a removed line and another line of the same number have different keys") {
    // The line 22 of the base is gone, and its line 20 has its number now.
    const auto rows = line_rows({{20, 100, "mm"}, {22, 7, "add"}}, {{22, 100, "mm"}});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "m.py:22 f");
    CHECK(rows[0].base_line == 20);
    CHECK(rows[1].key == "m.py:22 f [removed]");
    CHECK(rows[1].status() == DiffStatus::removed);
}

TEST_CASE("lines that are not live at the compared moment tell which line is which") {
    const auto rows = line_rows({{10, 0, "", 500}, {12, 30}}, {{12, 0, "", 500}, {14, 30}});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].label == "m.py:12 → 14 f");
    CHECK(rows[0].status() == DiffStatus::same);
}

TEST_CASE("a line without a number is a line of its own") {
    const auto rows = line_rows({{-1, 10}, {5, 20}}, {{-1, 10}, {5, 20}});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].label == "m.py:? f");
    CHECK_FALSE(rows[0].base_line);
}

TEST_CASE("a row of a function has its lines below it") {
    const auto rows =
        line_rows({{3, 200}, {9, 50}}, {{3, 200}, {9, 150}, {15, 7}}, LineMatcher::Rows::functions);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].key == "m.py f");
    CHECK(rows[0].label == "m.py f");
    CHECK(rows[0].delta() == 107);
    CHECK_FALSE(rows[0].new_line);
    REQUIRE(rows[0].lines.size() == 3);
    CHECK(rows[0].lines[0].key == "m.py:9 f");
    CHECK(rows[0].lines[1].key == "m.py:15 f");
    CHECK(rows[0].other_lines == 0);
}

TEST_CASE("of very many lines of a function, the last row is a sum") {
    constexpr std::int64_t k_count = 5000;
    std::vector<LineUse> lines;
    for (std::int64_t i = 1; i <= k_count; ++i) lines.push_back({i, i});
    const auto rows = line_rows({}, lines, LineMatcher::Rows::functions);
    REQUIRE(rows.size() == 1);
    std::int64_t sum = 0;
    for (const DiffRow& line : rows[0].lines) sum += line.new_bytes;
    CHECK(sum == rows[0].new_bytes);
    CHECK(sum == k_count * (k_count + 1) / 2);
    CHECK(rows[0].lines.back().key == "[other]");
    CHECK(rows[0].other_lines + rows[0].lines.size() - 1 == k_count);
    CHECK(line_rows({}, lines).size() == k_count);
}

}  // namespace
}  // namespace snapq::analysis
