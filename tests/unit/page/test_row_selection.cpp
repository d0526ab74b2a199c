#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

#include "page/row_selection.hpp"
#include "support/page_reader.hpp"

namespace snapq::page {
namespace {

AllocationRow row_of(std::int64_t start, std::int64_t life, std::int64_t size) {
    AllocationRow row;
    row.start = start;
    row.life = life;
    row.size = size;
    return row;
}

std::vector<std::int64_t> undo_deltas(const std::vector<std::uint64_t>& zigzags) {
    std::vector<std::int64_t> values;
    std::int64_t value = 0;
    for (const std::uint64_t each : zigzags) {
        value += static_cast<std::int64_t>(each >> 1U) ^ -static_cast<std::int64_t>(each & 1U);
        values.push_back(value);
    }
    return values;
}

}  // namespace

TEST_CASE("The cost of an allocation is its bytes times its events") {
    CHECK(cost_of(row_of(10, 5, 100), 1000) == 500);
    CHECK(cost_of(row_of(10, 0, 100), 1000) == 99'000);
    CHECK(cost_of(row_of(-1, 0, 100), 0) == 100);
    CHECK(cost_of(row_of(10, 5, 0), 1000) == 1);
}

TEST_CASE("The histogram finds the cost that at most so many rows reach") {
    CostHistogram costs;
    for (int i = 1; i <= 1000; ++i) costs.add(i * 1000.0);
    const auto reaching = [&](double cost) { return 1000 - static_cast<int>(std::ceil(cost / 1000)) + 1; };
    for (const int wanted : {1, 10, 100, 500, 999}) {
        const int found = reaching(costs.least_cost_of(wanted));
        CHECK(found <= wanted);
        // Classes are 3 % wide.
        CHECK(found >= wanted - 0.04 * 1000);
    }
    CHECK(costs.least_cost_of(0) > 1000 * 1000);
    CHECK(costs.least_cost_of(1000) <= 1000);
}

TEST_CASE("The curve of what is left out has its lowest and highest points") {
    tests::TextSink sink;
    HtmlWriter page(sink);
    std::string json;
    json::JsonWriter to(json);
    to.begin_object();
    LeftOutCurve curve("x-", 4000);  // parts of 4 events
    curve.add(row_of(-1, 0, 1));
    for (std::int64_t event = 0; event < 4000; event += 2)
        curve.add(row_of(event, 1, event == 2000 ? 500 : 10));
    CHECK(curve.allocations() == 2001);
    CHECK(curve.bytes() == 1 + 1999 * 10 + 500);
    curve.write(to, page);
    const auto events = undo_deltas(tests::varints_in(*tests::block_in(sink.text, "x-left-out-event")));
    const auto bytes = undo_deltas(tests::varints_in(*tests::block_in(sink.text, "x-left-out-bytes")));
    REQUIRE(events.size() == bytes.size());
    CHECK(events.size() <= 4004);
    CHECK(std::is_sorted(events.begin(), events.end()));
    for (std::size_t i = 0; i < events.size(); ++i) {
        const std::int64_t live = events[i] >= 0 && events[i] % 2 == 0 ? (events[i] == 2000 ? 500 : 10) : 0;
        CHECK(bytes[i] == live + 1);
    }
    CHECK(std::count(bytes.begin(), bytes.end(), 501) == 1);
}

TEST_CASE("Nothing that is left out has no curve") {
    tests::TextSink sink;
    HtmlWriter page(sink);
    std::string json;
    json::JsonWriter to(json);
    to.begin_object();
    LeftOutCurve("x-", 10).write(to, page);
    CHECK(json == R"({"left_out":null)");
}

}  // namespace snapq::page
