#include "json/scanner.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/memory_source.hpp"

using namespace snapq;
using json::JsonWindow;
using json::parse_token;
using json::Scalar;

namespace {

std::optional<std::size_t> length(const std::string& text, std::size_t longest = 1000,
                                  std::size_t piece = 1000) {
    tests::MemorySource source(text, piece);
    JsonWindow window(source);
    return json::length_of_value(window, longest);
}

std::string unescaped(std::string_view raw) {
    std::string to = "old contents";
    const std::size_t wrong = json::unescape(raw, to);
    return wrong == std::string_view::npos ? to : "wrong at " + std::to_string(wrong);
}

}  // namespace

TEST_CASE("A value ends at its last bracket, independent of the contents of its strings") {
    for (const std::size_t piece : {1U, 2U, 3U, 1000U}) {
        CHECK(length("[]x", 1000, piece) == 2);
        CHECK(length(R"([{"a": [1, 2]}, "]"], 5)", 1000, piece) == 20);
        CHECK(length(R"({"a\"]}": "\\"} )", 1000, piece) == 15);
        CHECK(length(R"(["\\\\\"]"])", 1000, piece) == 11);
    }
}

TEST_CASE("A value that is too long or truncated has no end") {
    CHECK(length("[1234567]", 9) == 9);
    CHECK_FALSE(length("[1234567]", 8).has_value());
    CHECK_FALSE(length("[[]").has_value());
    CHECK_FALSE(length(R"(["]])").has_value());
    CHECK_FALSE(length("").has_value());
}

TEST_CASE("A closing quote follows an even number of backslashes") {
    CHECK(json::find_closing_quote(R"("ab")", 1, 1) == 3);
    CHECK(json::find_closing_quote(R"("a\"b")", 1, 1) == 5);
    CHECK(json::find_closing_quote(R"("\\")", 1, 1) == 3);
    CHECK(json::find_closing_quote(R"("\\\")", 1, 1) == std::string_view::npos);
    // The part that was searched before is not searched again.
    CHECK(json::find_closing_quote(R"("a\"b")", 1, 4) == 5);
}

TEST_CASE("Integers of JSON keep all 64 bits, signed and unsigned") {
    CHECK(parse_token("0") == Scalar(std::int64_t{0}));
    CHECK(parse_token("-17") == Scalar(std::int64_t{-17}));
    CHECK(parse_token("9223372036854775807") == Scalar(std::int64_t{INT64_MAX}));
    CHECK(parse_token("-9223372036854775808") == Scalar(std::int64_t{INT64_MIN}));
    CHECK(parse_token("9223372036854775808") == Scalar(std::uint64_t{1} << 63));
    CHECK(parse_token("18446744073709551615") == Scalar(std::uint64_t{UINT64_MAX}));
    CHECK(parse_token("18446744073709551616") == Scalar(0x1p64));
}

TEST_CASE("Reals out of range become infinity or zero") {
    CHECK(parse_token("1.5") == Scalar(1.5));
    CHECK(parse_token("-2E+3") == Scalar(-2000.0));
    CHECK(parse_token("1e400") == Scalar(HUGE_VAL));
    CHECK(parse_token("-1e400") == Scalar(-HUGE_VAL));
    CHECK(parse_token("1e-400") == Scalar(0.0));
}

TEST_CASE("The words of JSON and of Python's json module are values") {
    CHECK(parse_token("null") == Scalar());
    CHECK(parse_token("true") == Scalar(true));
    CHECK(parse_token("false") == Scalar(false));
    CHECK(std::isnan(std::get<double>(*parse_token("NaN"))));
    CHECK(parse_token("Infinity") == Scalar(HUGE_VAL));
    CHECK(parse_token("-Infinity") == Scalar(-HUGE_VAL));
}

TEST_CASE("Invalid numbers and words are refused") {
    for (const char* token : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1e5.5", "nan",
                              "None", "True", "1-2", "infinity", "--1"}) {
        INFO(token);
        CHECK_FALSE(parse_token(token).has_value());
    }
}

TEST_CASE("Escapes become their characters") {
    CHECK(unescaped("") == "");
    CHECK(unescaped("plain") == "plain");
    CHECK(unescaped(R"(a\"b\\c\/d\b\f\n\r\te)") == "a\"b\\c/d\b\f\n\r\te");
    CHECK(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00)") == "A\u00e9\u20ac\U0001f600");
    CHECK(unescaped(R"(\u0000x)") == std::string("\0x", 2));
}

TEST_CASE("A lone surrogate becomes the same bytes as in Python's pickle") {
    CHECK(unescaped(R"(\ud800)") == "\xed\xa0\x80");
    CHECK(unescaped(R"(\udc00!)") == "\xed\xb0\x80!");
    CHECK(unescaped(R"(\ud800\u0041)") ==
          "\xed\xa0\x80"
          "A");
    CHECK(unescaped(R"(\ud800\ud83d\ude00)") == "\xed\xa0\x80\xf0\x9f\x98\x80");
}

TEST_CASE("The position of an invalid escape is returned") {
    CHECK(unescaped(R"(ab\x41)") == "wrong at 2");
    CHECK(unescaped(R"(\u12)") == "wrong at 0");
    CHECK(unescaped(R"(\u12g4)") == "wrong at 0");
    CHECK(unescaped("a\\") == "wrong at 1");
}

TEST_CASE("Control characters are found") {
    CHECK(json::find_control("plain \x7f text") == std::string_view::npos);
    CHECK(json::find_control("a\nb") == 1);
    CHECK(json::find_control(std::string_view("\0", 1)) == 0);
}
