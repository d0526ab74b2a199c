#include "render/summary_parts.hpp"

#include "support/catch.hpp"

using namespace snapq::render;
using snapq::report::change_reason;

TEST_CASE("the reason for a change is the factor of count and mean size that explains more") {
    CHECK(change_reason({100, 10}, {200, 10}) == "same count, larger");
    CHECK(change_reason({200, 10}, {100, 10}) == "same count, smaller");
    CHECK(change_reason({100, 10}, {200, 20}) == "more allocations");
    CHECK(change_reason({100, 10}, {400, 11}) == "larger");
    CHECK(change_reason({100, 10}, {400, 19}) == "larger");
    CHECK(change_reason({100, 10}, {400, 20}) == "more allocations");  // twice as many, each twice as large
    CHECK(change_reason({100, 10}, {150, 40}) == "more allocations");  // though each is smaller
    CHECK(change_reason({400, 10}, {100, 5}) == "fewer allocations");
    CHECK(change_reason({400, 10}, {100, 8}) == "smaller");
    CHECK(change_reason({0, 0}, {100, 3}) == "more allocations");
    CHECK(change_reason({100, 3}, {0, 0}) == "fewer allocations");
    CHECK(change_reason({100, 3}, {100, 4}).empty());
}

TEST_CASE("a site that grew never has fewer allocations as its reason") {
    CHECK(change_reason({340, 100}, {414, 90}) == "fewer but larger");
    CHECK(change_reason({414, 90}, {340, 100}) == "more but smaller");
}

TEST_CASE("a reason shows its figures") {
    constexpr std::int64_t k_mib = 1 << 20;
    CHECK(reason_words({340 * k_mib, 100}, {414 * k_mib, 90}) ==
          "fewer but larger (mean 3.40 MiB → 4.60 MiB)");
    CHECK(reason_words({40 * k_mib, 4}, {120 * k_mib, 12}) == "more allocations (12 against 4)");
    CHECK(reason_words({10 * k_mib, 4}, {40 * k_mib, 4}) == "same count, larger");
    CHECK(reason_words({10, 4}, {10, 5}).empty());
}
