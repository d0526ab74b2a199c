#include "support/boxed.hpp"

#include <string>

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("A boxed value is used and copied like an optional one") {
    Boxed<std::string> none;
    CHECK_FALSE(none);
    CHECK(none.value_or("other") == "other");
    Boxed<std::string> value = std::string("first");
    REQUIRE(value);
    Boxed<std::string> copy = value;
    *copy += " copy";
    CHECK(*value == "first");
    CHECK(copy->size() == 10);
    value = std::move(copy);
    CHECK(value.value_or("") == "first copy");
    value = std::nullopt;
    CHECK_FALSE(value);
    value = std::optional<std::string>("second");
    CHECK(*value == "second");
    value = std::optional<std::string>();
    CHECK_FALSE(value);
}
