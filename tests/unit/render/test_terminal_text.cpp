#include "render/terminal_text.hpp"

#include "support/catch.hpp"

using namespace snapq::render;

TEST_CASE("ASCII text takes one column for each character") {
    CHECK(display_width("") == 0);
    CHECK(display_width("model.py:7 forward") == 18);
}

TEST_CASE("Wide characters take two columns, combining marks take none") {
    CHECK(display_width("漢字") == 4);
    CHECK(display_width("🔥") == 2);
    CHECK(display_width("한글") == 4);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("é") == 1);
    CHECK(display_width("a\u200db") == 8);  // as it is shown: a\u200db
    CHECK(display_width("\x1b") == 4);
    CHECK(display_width("\xff\xc3") == 2);
    CHECK(display_width("…─│") == 3);
}

TEST_CASE("Text is cut at columns, not bytes, with an ellipsis") {
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

TEST_CASE("The caret is below the position") {
    CHECK(mark_position("SELECT x\nFORM t;", 9) == "line 2, column 1:\n  FORM t;\n  ^");
    CHECK(mark_position("SELECT 漢 x y", 11) == "line 1, column 12:\n  SELECT 漢 x y\n            ^");
}

TEST_CASE("A position after the end is treated as the end") {
    CHECK(mark_position("SELECT", 100) == "line 1, column 7:\n  SELECT\n        ^");
    CHECK(mark_position("", 0) == "line 1, column 1:\n  \n  ^");
}

TEST_CASE("Long lines are cut around the position") {
    const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
    const std::string marked = mark_position(line, 500);
    CHECK(marked.size() < 250);
    CHECK(marked.find("aX") != std::string::npos);
}

TEST_CASE("a key is cut in its directories first, never at the file and the line") {
    const std::string key = "cs336_basics/model.py:434 scaled_dot_product_attention";
    CHECK(keep_key(key, 80) == key);
    CHECK(keep_key(key, 52) == "cs33…asics/model.py:434 scaled_dot_product_attention");
    CHECK(keep_key(key, 42) == "…/model.py:434 scaled_dot_product_attenti…");
    CHECK(keep_key(key, 20) == "…/model.py:434 scal…");
    CHECK(keep_key(key, 14) == "…/model.py:434");
    CHECK(keep_key(key, 10) == "…el.py:434");
    CHECK(keep_key("win\\dir\\model.py:? step (mul)", 26) == "w…ir\\model.py:? step (mul)");
    CHECK(keep_key("[backward] SomeVeryLongNodeName0", 20) == "[backward] SomeVery…");
    CHECK(keep_key("a/b c/file.py:3 run", 17) == "a…c/file.py:3 run");
}

TEST_CASE("a cut key has at most the given width") {
    for (const std::string key :
         {"a/very/long/path/to/some/file.py:1234 function (op)", "x/y.py:1 f", "[no stack]",
          "no_path_but_very_long_name_of_a_function", "/a.py:1 f", "ä/ö/ü.py:3 größe"}) {
        for (std::size_t width = 1; width < 60; ++width) CHECK(display_width(keep_key(key, width)) <= width);
    }
}
