#include <vector>

#include "analysis/row_groups.hpp"
#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

struct Sized {
    int rank = 0;
    std::size_t bytes = 1;
};
bool comes_before(const Sized& a, const Sized& b) {
    return a.rank < b.rank;
}
std::size_t bytes_of(const Sized& row) {
    return row.bytes;
}
struct Count {
    int rows = 0;
    void add(const Sized&) { ++rows; }
};

std::vector<int> ranks(TopRows<Sized, Count>& top) {
    std::vector<int> ranks;
    for (const Sized& row : top.take()) ranks.push_back(row.rank);
    return ranks;
}

TEST_CASE("all rows are kept in their order while they fit") {
    TopRows<Sized, Count> top(3);
    for (const int rank : {2, 3, 1}) top.add({rank});
    CHECK(top.others().rows == 0);
    CHECK(ranks(top) == std::vector{1, 2, 3});
}

TEST_CASE("the last rows are dropped first") {
    TopRows<Sized, Count> top(3);
    for (const int rank : {5, 1, 4, 2, 3, 9}) top.add({rank});
    CHECK(top.others().rows == 3);
    CHECK(ranks(top) == std::vector{1, 2, 3});
}

TEST_CASE("a small row is not kept after a dropped one, even if it would fit") {
    TopRows<Sized, Count> top(10);
    top.add({1, 5});
    top.add({2, 9});
    top.add({3, 1});
    CHECK(top.others().rows == 2);
    CHECK(ranks(top) == std::vector{1});
}

}  // namespace
}  // namespace snapq::analysis
