#include "timeline/tables/layout.hpp"

#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace snapq::timeline {
namespace {

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

AddressRanges::Range expandable(std::uint64_t size, std::int64_t stream = 0) {
    return {size, stream, true};
}
AddressRanges::Range fixed(std::uint64_t size) {
    return {size, 0, false};
}

Pairs pairs(const AddressRanges& ranges) {
    Pairs result;
    for (const auto& [address, range] : ranges.by_address()) result.emplace_back(address, range.size);
    return result;
}

TEST_CASE("ranges refuse to overlap", "[timeline]") {
    AddressRanges ranges;
    REQUIRE(ranges.insert(100, fixed(50)));
    CHECK_FALSE(ranges.insert(100, fixed(1)));
    CHECK_FALSE(ranges.insert(149, fixed(10)));
    CHECK_FALSE(ranges.insert(90, fixed(11)));
    CHECK_FALSE(ranges.insert(0, fixed(1000)));
    CHECK(ranges.insert(90, fixed(10)));
    CHECK(ranges.insert(150, fixed(10)));
    CHECK(pairs(ranges) == Pairs{{90, 10}, {100, 50}, {150, 10}});
}

TEST_CASE("a range cannot exceed the address space", "[timeline]") {
    AddressRanges ranges;
    const std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    CHECK_FALSE(ranges.insert(last - 9, fixed(11)));
    CHECK(ranges.insert(last - 10, fixed(10)));
    CHECK(ranges.insert(5, fixed(0)));
    CHECK(ranges.by_address().size() == 1);
}

TEST_CASE("only expandable ranges of one stream are joined", "[timeline]") {
    AddressRanges ranges;
    REQUIRE(ranges.insert(100, expandable(10)));
    REQUIRE(ranges.insert(120, expandable(10)));
    REQUIRE(ranges.insert(130, expandable(10, 7)));
    REQUIRE(ranges.insert(90, fixed(10)));
    REQUIRE(ranges.insert_joined(110, expandable(10)));
    CHECK(pairs(ranges) == Pairs{{90, 10}, {100, 30}, {130, 10}});
    CHECK(ranges.insert_joined(140, expandable(0)));
    CHECK(ranges.by_address().size() == 3);
}

TEST_CASE("insert does not join adjacent ranges", "[timeline]") {
    AddressRanges ranges;
    REQUIRE(ranges.insert(100, expandable(10)));
    REQUIRE(ranges.insert(110, expandable(10)));
    CHECK(ranges.by_address().size() == 2);
}

TEST_CASE("any part of a range can be removed", "[timeline]") {
    AddressRanges ranges;
    REQUIRE(ranges.insert(100, expandable(100)));
    CHECK(ranges.remove(100, 10));
    CHECK(ranges.remove(190, 10));
    CHECK(ranges.remove(140, 20));
    CHECK(pairs(ranges) == Pairs{{110, 30}, {160, 30}});
    CHECK(ranges.remove(160, 30));
    CHECK(pairs(ranges) == Pairs{{110, 30}});
}

TEST_CASE("a removal may cover adjacent ranges, but no gap", "[timeline]") {
    AddressRanges ranges;
    REQUIRE(ranges.insert(100, fixed(10)));
    REQUIRE(ranges.insert(110, fixed(10)));
    REQUIRE(ranges.insert(125, fixed(10)));
    CHECK(ranges.remove(105, 10));
    CHECK(pairs(ranges) == Pairs{{100, 5}, {115, 5}, {125, 10}});
    CHECK_FALSE(ranges.remove(115, 11));
    CHECK_FALSE(ranges.remove(50, 1));
    CHECK_FALSE(ranges.remove(500, 1));
}

}  // namespace
}  // namespace snapq::timeline
