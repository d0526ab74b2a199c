#include "analysis/summary/sections.hpp"

#include "support/catch.hpp"

using namespace snapq::analysis;

TEST_CASE("A share counts from its limit on, and nothing has no shares") {
    CHECK(is_share(10, 100, 0.10));
    CHECK_FALSE(is_share(9, 100, 0.10));
    CHECK(is_share(150, 100, 0.10));
    CHECK_FALSE(is_share(0, 0, 0.10));
    CHECK_FALSE(is_share(5, 0, 0.10));
    CHECK_FALSE(is_share(5, -1, 0.10));
}

TEST_CASE("A share is written with one decimal") {
    CHECK(percent_of(1, 3) == "33.3 %");
    CHECK(percent_of(2, 2) == "100.0 %");
    CHECK(percent_of(0, 7) == "0.0 %");
}
