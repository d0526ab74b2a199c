#include "analysis/diff/side.hpp"

#include "support/catch.hpp"

namespace snapq::analysis {
namespace {

TEST_CASE("equal settings do not differ") {
    CHECK(settings_that_differ({{"a", "1"}, {"b", ""}}, {{"a", "1"}, {"b", ""}}).empty());
    CHECK(settings_that_differ({}, {}).empty());
}

TEST_CASE("changed, new and missing settings differ, in the order of their names") {
    const auto different =
        settings_that_differ({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {{"a", "1"}, {"b", "4"}, {"aa", ""}});
    REQUIRE(different.size() == 3);
    CHECK(different[0].key == "aa");
    CHECK_FALSE(different[0].base.has_value());
    CHECK(different[0].newer == "");
    CHECK(different[1].key == "b");
    CHECK(different[1].base == "2");
    CHECK(different[1].newer == "4");
    CHECK(different[2].key == "c");
    CHECK_FALSE(different[2].newer.has_value());
}

}  // namespace
}  // namespace snapq::analysis
