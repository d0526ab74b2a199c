#include "pickle/numbers.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::pickle;

namespace {

std::string_view bytes(const char* from, std::size_t count) {
    return {from, count};
}

}  // namespace

TEST_CASE("Decimal lines keep 64 bits, longer numbers are reals") {
    CHECK(parse_decimal("9223372036854775807", false, 0) == Value::integer(INT64_MAX));
    CHECK(parse_decimal("-9223372036854775808", false, 0) == Value::integer(INT64_MIN));
    CHECK(parse_decimal("9223372036854775808L", false, 0) == Value::natural(std::uint64_t{1} << 63));
    CHECK(parse_decimal("18446744073709551616L", false, 0) == Value::real(0x1p64));
    CHECK(parse_decimal("00", true, 0) == Value::boolean(false));
    CHECK(parse_decimal("00", false, 0) == Value::integer(0));
    CHECK_THROWS_AS(parse_decimal("", true, 0), InputError);
    CHECK_THROWS_AS(parse_decimal("L", false, 0), InputError);
    CHECK_THROWS_AS(parse_decimal("1x", false, 0), InputError);
}

TEST_CASE("Reals on a line may be infinite or NaN") {
    CHECK(parse_real("-1e400", 0) == Value::real(-HUGE_VAL));
    CHECK(parse_real("inf", 0) == Value::real(HUGE_VAL));
    CHECK(std::isnan(parse_real("nan", 0).as_real()));
    CHECK(parse_real("1e-400", 0) == Value::real(0.0));
    CHECK_THROWS_AS(parse_real("", 0), InputError);
}

TEST_CASE("Long integers of 64 bits are exact, however many bytes they use") {
    CHECK(parse_long("") == Value::integer(0));
    CHECK(parse_long(bytes("\x80", 1)) == Value::integer(-128));
    CHECK(parse_long(bytes("\x80\0", 2)) == Value::integer(128));
    CHECK(parse_long(bytes("\x01\x02\x03", 3)) == Value::integer(0x030201));
    CHECK(parse_long(bytes("\0\0\0\0\xff", 5)) == Value::integer(-0x100000000));
    CHECK(parse_long(bytes("\0\0\x40\xcc\x2b\x7f", 6)) == Value::integer(0x7f2bcc400000));
    CHECK(parse_long(bytes("\xff\xff\xff\xff\xff\xff\xff\x7f", 8)) == Value::integer(INT64_MAX));
    CHECK(parse_long(bytes("\0\0\0\0\0\0\0\x80", 8)) == Value::integer(INT64_MIN));
    CHECK(parse_long(bytes("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10)) == Value::integer(-2));
    CHECK(parse_long(bytes("\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16)) == Value::integer(5));
    CHECK(parse_long(bytes("\xff\xff\xff\xff\xff\xff\xff\xff\0", 9)) == Value::natural(UINT64_MAX));
    CHECK(parse_long(bytes("\0\0\0\0\0\0\0\0\x01", 9)) == Value::real(0x1p64));
    CHECK(parse_long(bytes("\0\0\0\0\0\0\0\0\xff", 9)) == Value::real(-0x1p64));
}

TEST_CASE("Longer integers are the nearest real, rounded once") {
    // Halfway between two reals, and one more. A sum of rounded bytes would give the lower one.
    CHECK(parse_long(bytes("\x01\x08\0\0\0\0\0\0\x01", 9)) == Value::real(0x1.0000000000001p64));
    CHECK(parse_long("+LY\xfao\x82/[\xd2") == Value::real(-0x1.6d2683ec802d3p+69));
    CHECK(parse_long(std::string(15, '\xff') + '\x7f') == Value::real(0x1p127));
    CHECK(parse_long(std::string(15, '\0') + '\x80') == Value::real(-0x1p127));
}

TEST_CASE("Text on a line: invalid escapes stay as they are") {
    CHECK(parse_unicode_line("a\\u00e9\\u12g4\\") == "a\u00e9\\u12g4\\");
    CHECK(parse_unicode_line("\\U0001f600") == "\U0001f600");
    CHECK(parse_unicode_line("\\ud800") == "\xed\xa0\x80");
    CHECK(parse_string_line("'\\t\\x41\\q'", 0) == "\tA\\q");
    CHECK_THROWS_AS(parse_string_line("'a\"", 0), InputError);
    CHECK_THROWS_AS(parse_string_line("'", 0), InputError);
}

TEST_CASE("An escape of a code point beyond Unicode is invalid") {
    CHECK(parse_unicode_line("\\Uffffffff") == "\\Uffffffff");
}
