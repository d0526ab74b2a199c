#include "render/sql_position.hpp"

#include "support/catch.hpp"

using snapq::render::mark_position;

TEST_CASE("The caret stands below the place") {
    CHECK(mark_position("SELECT x\nFORM t;", 9) == "line 2, column 1:\n  FORM t;\n  ^");
    CHECK(mark_position("SELECT 漢 x y", 11) == "line 1, column 12:\n  SELECT 漢 x y\n            ^");
}

TEST_CASE("A place behind the end is the end") {
    CHECK(mark_position("SELECT", 100) == "line 1, column 7:\n  SELECT\n        ^");
    CHECK(mark_position("", 0) == "line 1, column 1:\n  \n  ^");
}

TEST_CASE("Long lines are cut around the place") {
    const std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
    const std::string marked = mark_position(line, 500);
    CHECK(marked.size() < 250);
    CHECK(marked.find("aX") != std::string::npos);
}
