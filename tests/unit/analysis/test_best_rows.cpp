#include "analysis/best_rows.hpp"

#include <vector>

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

std::vector<int> ranks(BestRows<Sized, Count>& best) {
    std::vector<int> ranks;
    for (const Sized& row : best.take()) ranks.push_back(row.rank);
    return ranks;
}

TEST_CASE("all rows are kept in their order while there is room") {
    BestRows<Sized, Count> best(3);
    for (const int rank : {2, 3, 1}) best.add({rank});
    CHECK(best.left_out().rows == 0);
    CHECK(ranks(best) == std::vector{1, 2, 3});
}

TEST_CASE("the last ones go first") {
    BestRows<Sized, Count> best(3);
    for (const int rank : {5, 1, 4, 2, 3, 9}) best.add({rank});
    CHECK(best.left_out().rows == 3);
    CHECK(ranks(best) == std::vector{1, 2, 3});
}

TEST_CASE("a small row does not take the place of a large one before it") {
    BestRows<Sized, Count> best(10);
    best.add({1, 5});
    best.add({2, 9});
    best.add({3, 1});
    CHECK(best.left_out().rows == 2);
    CHECK(ranks(best) == std::vector{1});
}

}  // namespace
}  // namespace snapq::analysis
