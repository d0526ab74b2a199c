#include <fmt/format.h>

#include <algorithm>

#include "analysis/diff/match.hpp"
#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

using report::DiffRow;
using report::DiffStatus;

SidePart part(const std::string& key, std::int64_t bytes, std::int64_t count = 1,
              const std::string& fallback = "") {
    SidePart made;
    made.key = key;
    made.fallback = fallback;
    made.label = key;
    made.bytes = bytes;
    made.count = count;
    made.maximum = PartMaximum{bytes, 0, false, true};
    return made;
}

SidePart with_maximum(SidePart made, std::int64_t bytes, std::int64_t event, bool constant = false) {
    made.maximum = PartMaximum{bytes, event, constant, true};
    return made;
}

std::vector<DiffRow> match_rows(const std::vector<SidePart>& base, const std::vector<SidePart>& newer) {
    RowMatcher matcher;
    for (const SidePart& part : base) matcher.add_base(SidePart(part));
    for (const SidePart& part : newer) matcher.add_new(SidePart(part));
    std::vector<DiffRow> rows = matcher.take();
    std::ranges::sort(rows, [](const DiffRow& a, const DiffRow& b) { return report::comes_before(a, b); });
    return rows;
}

const DiffRow& row_of(const std::vector<DiffRow>& rows, const std::string& key) {
    const auto found = std::ranges::find(rows, key, &DiffRow::key);
    REQUIRE(found != rows.end());
    return *found;
}

TEST_CASE("each row has a status") {
    const auto rows = match_rows({part("grew", 10), part("shrank", 10), part("stayed", 10), part("went", 10)},
                                 {part("grew", 30), part("shrank", 5), part("stayed", 10), part("came", 7)});
    CHECK(rows.size() == 5);
    CHECK(row_of(rows, "grew").status() == DiffStatus::grown);
    CHECK(row_of(rows, "shrank").status() == DiffStatus::shrunk);
    CHECK(row_of(rows, "stayed").status() == DiffStatus::same);
    CHECK(row_of(rows, "went").status() == DiffStatus::removed);
    CHECK(row_of(rows, "came").status() == DiffStatus::added);
}

TEST_CASE("rows are ordered by their change, then by size, then by key") {
    const auto rows = match_rows({part("a", 5), part("b", 100), part("c", 100), part("d", 1)},
                                 {part("a", 25), part("b", 100), part("c", 100), part("e", 30)});
    std::string order;
    for (const DiffRow& row : rows) order += row.key.raw();
    CHECK(order == "eadbc");  // d changed by 1, b and c not at all
}

TEST_CASE("parts with the same key are one row") {
    const auto rows =
        match_rows({part("f", 10, 2), part("f", 5)}, {part("f", 4), part("f", 6), part("f", 7, 3)});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].base_bytes == 15);
    CHECK(rows[0].base_count == 3);
    CHECK(rows[0].new_bytes == 17);
    CHECK(rows[0].new_count == 5);
}

TEST_CASE("the order of the parts does not matter") {
    std::vector<SidePart> base{part("a 1", 10, 1, "a"), part("a 2", 10, 1, "a"), part("b", 3)};
    std::vector<SidePart> newer{part("a 3", 10, 1, "a"), part("b", 4), part("c", 4)};
    const auto rows = match_rows(base, newer);
    std::ranges::reverse(base);
    std::ranges::reverse(newer);
    const auto again = match_rows(base, newer);
    REQUIRE(again.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(again[i].key == rows[i].key);
        CHECK(again[i].label == rows[i].label);
        CHECK(again[i].delta() == rows[i].delta());
    }
}

TEST_CASE("a row has the label of its largest part on the new side") {
    auto small = part("f", 1);
    small.label = "f:1";
    small.stack_id = 4;
    auto large = part("f", 9);
    large.label = "f:9";
    large.stack_id = 5;
    auto older = part("f", 100);
    older.label = "f:100";
    older.stack_id = 6;
    const auto rows = match_rows({older}, {small, large});
    CHECK(rows[0].label == "f:9");
    CHECK(rows[0].new_stack_id == 5);
    CHECK(rows[0].base_stack_id == 6);
    CHECK(match_rows({older}, {})[0].label == "f:100");
}

TEST_CASE("a stack that only one side has is paired by its fallback") {
    const auto rows = match_rows({part("f < old", 10, 1, "f")}, {part("f < new", 12, 1, "f")});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].key == "f < new");
    CHECK(rows[0].status() == DiffStatus::grown);
}

TEST_CASE("a stack that both sides have is not paired with others") {
    const auto rows = match_rows({part("f < main", 10, 1, "f"), part("f < old", 5, 1, "f")},
                                 {part("f < main", 10, 1, "f"), part("f < new", 6, 1, "f")});
    REQUIRE(rows.size() == 2);
    CHECK(row_of(rows, "f < main").status() == DiffStatus::same);
    CHECK(row_of(rows, "f < new").delta() == 1);
}

TEST_CASE("several stacks with the same fallback become one row") {
    const auto rows = match_rows({part("f < a", 10, 1, "f"), part("f < b", 20, 1, "f")},
                                 {part("f < c", 21, 1, "f"), part("f < d", 9, 1, "f")});
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].key == "f [changed callers]");
    CHECK(rows[0].base_bytes == 30);
    CHECK(rows[0].new_bytes == 30);
    CHECK(rows[0].status() == DiffStatus::same);
}

TEST_CASE("a stack stays alone if the other side has no unmatched stack") {
    const auto rows = match_rows({part("f < main", 10, 1, "f")},
                                 {part("f < main", 10, 1, "f"), part("f < new", 5, 1, "f")});
    CHECK(row_of(rows, "f < new").status() == DiffStatus::added);
    CHECK(row_of(rows, "f < main").status() == DiffStatus::same);
}

TEST_CASE("parts without a fallback are never paired") {
    CHECK(match_rows({part("a", 10)}, {part("b", 10)}).size() == 2);
}

TEST_CASE("a key that the other side had at another time is not paired by its fallback") {
    const auto rows =
        match_rows({with_maximum(part("f < main", 0, 0, "f"), 50, 3), part("f < old", 5, 1, "f")},
                   {part("f < main", 10, 1, "f")});
    REQUIRE(rows.size() == 2);
    const DiffRow& row = row_of(rows, "f < main");
    CHECK(row.status() == DiffStatus::added);
    CHECK(row.base_max->bytes == 50);
}

TEST_CASE("a key that is live on neither side has no row") {
    CHECK(match_rows({with_maximum(part("a", 0, 0), 10, 2)}, {with_maximum(part("a", 0, 0), 20, 2)}).empty());
}

TEST_CASE("the maximum of a single stack is exact") {
    const auto rows = match_rows({with_maximum(part("f", 1), 10, 2)}, {});
    CHECK(rows[0].base_max->bytes == 10);
    CHECK(rows[0].base_max->exact);
    CHECK(rows[0].new_max->bytes == 0);
    CHECK(rows[0].new_max->exact);
}

TEST_CASE("the sum of maxima reached at different events is an upper bound") {
    const auto rows = match_rows({with_maximum(part("f", 1), 10, 2), with_maximum(part("f", 1), 20, 7)}, {});
    CHECK(rows[0].base_max->bytes == 30);
    CHECK_FALSE(rows[0].base_max->exact);
}

TEST_CASE("the sum of maxima is exact in three cases") {
    SECTION("reached at the same event") {
        const auto rows =
            match_rows({with_maximum(part("f", 1), 10, -1), with_maximum(part("f", 1), 20, -1)}, {});
        CHECK(rows[0].base_max->exact);
    }
    SECTION("all but one never change") {
        const auto rows =
            match_rows({with_maximum(part("f", 10), 10, -1, true), with_maximum(part("f", 1), 20, 7)}, {});
        CHECK(rows[0].base_max->exact);
    }
    SECTION("the compared moment shows them all at once") {
        const auto rows =
            match_rows({with_maximum(part("f", 10), 10, 2), with_maximum(part("f", 20), 20, 7)}, {});
        CHECK(rows[0].base_max->exact);
    }
}

TEST_CASE("the maximum of a row is unknown if that of one part is unknown") {
    auto unknown = part("f", 1);
    unknown.maximum = std::nullopt;
    CHECK_FALSE(match_rows({part("f", 1), unknown}, {})[0].base_max.has_value());
}

}  // namespace

namespace {

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
