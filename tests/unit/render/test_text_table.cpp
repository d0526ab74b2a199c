#include "render/text_table.hpp"

#include "support/catch.hpp"

using namespace snapq::render;

namespace {

std::string drawn(const TextTable& table) {
    std::string text;
    table.draw(text);
    return text;
}

}  // namespace

TEST_CASE("Columns are as wide as their widest cell, and numbers are aligned right") {
    TextTable table({{"site"}, {"bytes", Align::right}});
    table.add_row({"漢字.py:7", "5"});
    table.add_row({"b", "1024"});
    CHECK(drawn(table) ==
          "site       bytes\n"
          "---------  -----\n"
          "漢字.py:7      5\n"
          "b           1024\n");
}

TEST_CASE("A box has lines around everything") {
    TextTable table({{"a"}, {"b", Align::right}}, TableStyle::box);
    table.add_row({"x", "10"});
    table.add_rule();
    table.add_row({"sum", "7"});
    CHECK(drawn(table) ==
          "┌─────┬────┐\n"
          "│ a   │  b │\n"
          "├─────┼────┤\n"
          "│ x   │ 10 │\n"
          "├─────┼────┤\n"
          "│ sum │  7 │\n"
          "└─────┴────┘\n");
}

TEST_CASE("Missing cells are empty, and lines end where their text ends") {
    TextTable table({{"first"}, {"second"}});
    table.add_row({"only"});
    table.add_row({});
    CHECK(drawn(table) == "first  second\n-----  ------\nonly\n\n");
}

TEST_CASE("A cell wider than its column pushes the rest to the right") {
    const TableFrame frame(TableStyle::plain, {{"a", Align::left, 3}, {"b"}});
    std::string text;
    frame.row(text, std::vector<ShownCell>{{"too wide", 8}, {"x", 1}});
    frame.row(text, std::vector<ShownCell>{{"ok", 2}, {"x", 1}});
    CHECK(text == "too wide  x\nok   x\n");
}

TEST_CASE("Control characters in cells are escaped") {
    TextTable table({{"a"}});
    table.add_row({"two\nlines\x1b"});
    CHECK(drawn(table) == "a\n--------------\ntwo\\nlines\\x1b\n");
}
