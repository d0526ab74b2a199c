#include "render/text_width.hpp"

#include "support/catch.hpp"

using namespace snapq::render;

TEST_CASE("Plain text is as wide as it is long") {
    CHECK(display_width("") == 0);
    CHECK(display_width("model.py:7 forward") == 18);
}

TEST_CASE("Wide characters take two columns, marks and joiners none") {
    CHECK(display_width("漢字") == 4);
    CHECK(display_width("🔥") == 2);
    CHECK(display_width("한글") == 4);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("é") == 1);
    CHECK(display_width("a\u200db") == 2);
    CHECK(display_width("…─│") == 3);
}

TEST_CASE("Control characters become visible and harmless") {
    CHECK(printable("a\nb\tc\rd") == "a\\nb\\tc\\rd");
    CHECK(printable("\x1b[31m") == "\\x1b[31m");
    CHECK(printable(std::string_view("a\0b", 3)) == "a\\0b");
    CHECK(printable("\x7f") == "\\x7f");
    CHECK(printable("\u0085") == "\\u0085");
    CHECK(printable("abc\u202edef") == "abc\\u202edef");
    CHECK(display_width("\x1b") == 4);
}

TEST_CASE("Line feeds stay where lines are wanted") {
    CHECK(printable_lines("a\nb\tc") == "a\nb\\tc");
}

TEST_CASE("Broken UTF-8 is replaced byte by byte") {
    CHECK(printable("a\xff\xc3z") == "a\xef\xbf\xbd\xef\xbf\xbdz");
    CHECK(display_width("\xff\xc3") == 2);
    CHECK(printable("\xed\xa0\x80").size() == 9);       // a surrogate
    CHECK(printable("\xc0\xaf").size() == 6);           // an overlong slash
    CHECK(printable("\xf4\x90\x80\x80").size() == 12);  // above U+10FFFF
}

TEST_CASE("Text is cut at columns, not bytes, and says so") {
    CHECK(keep_start("short", 5) == "short");
    CHECK(keep_start("shorter", 5) == "shor…");
    CHECK(keep_start("漢字漢字", 5) == "漢字…");
    CHECK(keep_start("漢字漢字", 4) == "漢…");
    CHECK(keep_start("abc", 0).empty());
    CHECK(keep_end("/home/ada/model.py", 9) == "…model.py");
    CHECK(keep_end("漢字漢字", 4) == "…字");
    CHECK(keep_end("abc", 3) == "abc");
    CHECK(keep_end("abc", 1) == "…");
}
