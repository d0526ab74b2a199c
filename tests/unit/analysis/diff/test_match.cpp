#include "analysis/diff/match.hpp"

#include <algorithm>

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
}  // namespace snapq::analysis
