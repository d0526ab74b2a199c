#include "json/writer.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/text.hpp"

using namespace std::string_literals;
using namespace snapq;

namespace {

std::string quoted(std::string_view text) {
    std::string json;
    json::append_json_string(json, text);
    return json;
}

}  // namespace

TEST_CASE("JSON strings are escaped as in RFC 8259") {
    CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
    CHECK(quoted("\n\r\t") == R"("\n\r\t")");
    CHECK(quoted("\0\x1f"s) == R"("\u0000\u001f")");
    CHECK(quoted("é 漢 😀") == "\"é 漢 😀\"");
}

TEST_CASE("Bytes that are not UTF-8 become U+FFFD") {
    CHECK(quoted("a\xff"
                 "b") ==
          "\"a\xef\xbf\xbd"
          "b\"");
    CHECK(repair_utf8("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a lone surrogate
    CHECK(repair_utf8("ok") == "ok");
}

TEST_CASE("UTF-8 is checked as in RFC 3629") {
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("plain é 漢 😀"));
    CHECK_FALSE(is_valid_utf8("\xc0\xaf"));          // overlong
    CHECK_FALSE(is_valid_utf8("\xe0\x80\xaf"));      // overlong
    CHECK_FALSE(is_valid_utf8("\xed\xa0\x80"));      // surrogate
    CHECK_FALSE(is_valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
    CHECK_FALSE(is_valid_utf8("\xe6\xbc"));          // cut
    CHECK_FALSE(is_valid_utf8("\x80"));
}

TEST_CASE("Commas are written only between members") {
    std::string text;
    json::JsonWriter json(text);
    json.begin_object();
    json.key("a").value(std::int64_t{1});
    json.key("b").begin_array().value("x").null().value(true).begin_object().end_object().end_array();
    json.key("c").begin_array().end_array();
    json.key("d").raw("[1,2]");
    json.end_object();
    CHECK(text == R"({"a":1,"b":["x",null,true,{}],"c":[],"d":[1,2]})");
}

TEST_CASE("Reals read back as the same number, and as reals") {
    const auto written = [](double value) {
        std::string text;
        json::append_json_real(text, value);
        return text;
    };
    CHECK(written(0.1) == "0.1");
    CHECK(written(3.0) == "3.0");
    CHECK(written(1e300) == "1e+300");
    CHECK(written(std::nan("")) == "null");
    CHECK(written(HUGE_VAL) == "null");
}
