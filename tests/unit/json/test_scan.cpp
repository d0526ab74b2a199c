#include "json/scan.hpp"

#include "support/catch.hpp"
#include "support/memory_source.hpp"

using namespace snapq;
using json::JsonWindow;

namespace {

std::optional<std::size_t> length(const std::string& text, std::size_t longest = 1000,
                                  std::size_t piece = 1000) {
    tests::MemorySource source(text, piece);
    JsonWindow window(source);
    return json::length_of_value(window, longest);
}

}  // namespace

TEST_CASE("The end of a value is its last bracket, whatever stands in its texts") {
    for (const std::size_t piece : {1U, 2U, 3U, 1000U}) {
        CHECK(length("[]x", 1000, piece) == 2);
        CHECK(length(R"([{"a": [1, 2]}, "]"], 5)", 1000, piece) == 20);
        CHECK(length(R"({"a\"]}": "\\"} )", 1000, piece) == 15);
        CHECK(length(R"(["\\\\\"]"])", 1000, piece) == 11);
    }
}

TEST_CASE("A value that is too long or cut off has no end") {
    CHECK(length("[1234567]", 9) == 9);
    CHECK_FALSE(length("[1234567]", 8).has_value());
    CHECK_FALSE(length("[[]").has_value());
    CHECK_FALSE(length(R"(["]])").has_value());
    CHECK_FALSE(length("").has_value());
}

TEST_CASE("A closing quote comes after an even number of backslashes") {
    CHECK(json::find_closing_quote(R"("ab")", 1, 1) == 3);
    CHECK(json::find_closing_quote(R"("a\"b")", 1, 1) == 5);
    CHECK(json::find_closing_quote(R"("\\")", 1, 1) == 3);
    CHECK(json::find_closing_quote(R"("\\\")", 1, 1) == std::string_view::npos);
    // What was searched before is not searched again.
    CHECK(json::find_closing_quote(R"("a\"b")", 1, 4) == 5);
}
