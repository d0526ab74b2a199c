#include "json/token.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace snapq;
using json::parse_token;
using json::Scalar;

namespace {

std::string unescaped(std::string_view raw) {
    std::string to = "left over";
    const std::size_t wrong = json::unescape(raw, to);
    return wrong == std::string_view::npos ? to : "wrong at " + std::to_string(wrong);
}

}  // namespace

TEST_CASE("Integers of JSON keep all 64 bits, signed and unsigned") {
    CHECK(parse_token("0") == Scalar(std::int64_t{0}));
    CHECK(parse_token("-17") == Scalar(std::int64_t{-17}));
    CHECK(parse_token("9223372036854775807") == Scalar(std::int64_t{INT64_MAX}));
    CHECK(parse_token("-9223372036854775808") == Scalar(std::int64_t{INT64_MIN}));
    CHECK(parse_token("9223372036854775808") == Scalar(std::uint64_t{1} << 63));
    CHECK(parse_token("18446744073709551615") == Scalar(std::uint64_t{UINT64_MAX}));
    CHECK(parse_token("18446744073709551616") == Scalar(0x1p64));
}

TEST_CASE("Reals of JSON are read, those out of range as infinity or zero") {
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

TEST_CASE("What is no number of JSON is refused") {
    for (const char* token : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1e5.5", "nan",
                              "None", "True", "1-2", "infinity", "--1"}) {
        INFO(token);
        CHECK_FALSE(parse_token(token).has_value());
    }
}

TEST_CASE("Escapes become what they stand for") {
    CHECK(unescaped("") == "");
    CHECK(unescaped("plain") == "plain");
    CHECK(unescaped(R"(a\"b\\c\/d\b\f\n\r\te)") == "a\"b\\c/d\b\f\n\r\te");
    CHECK(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00)") == "A\u00e9\u20ac\U0001f600");
    CHECK(unescaped(R"(\u0000x)") == std::string("\0x", 2));
}

TEST_CASE("A lone surrogate becomes the bytes that Python's pickle has for it") {
    CHECK(unescaped(R"(\ud800)") == "\xed\xa0\x80");
    CHECK(unescaped(R"(\udc00!)") == "\xed\xb0\x80!");
    CHECK(unescaped(R"(\ud800\u0041)") ==
          "\xed\xa0\x80"
          "A");
    CHECK(unescaped(R"(\ud800\ud83d\ude00)") == "\xed\xa0\x80\xf0\x9f\x98\x80");
}

TEST_CASE("A wrong escape is found where it stands") {
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
