#include "archive/tables/tables.hpp"

#include <algorithm>

#include "support/database_scene.hpp"

using namespace snapq;
using namespace snapq::archive::tables;
using namespace snapq::archive::tests;

namespace {

std::string text_of_stack(const snapshot::Symbols& symbols, snapshot::StackId stack) {
    std::string text = "left over";
    write_stack_text(symbols, stack, text);
    return text;
}

}  // namespace

TEST_CASE("the text of a stack has one frame on each line, innermost first") {
    snapshot::Symbols symbols;
    const auto stack = add_stack(
        symbols, {make_frame(symbols, "a.py", 7, "f"), make_frame(symbols, "lib.so", 0, "ns::g(int)")});
    CHECK(text_of_stack(symbols, stack) == "(0) a.py:7:f\n(1) lib.so:0:ns::g(int)");
}

TEST_CASE("the text of an empty stack is empty, and an unknown line is a question mark") {
    snapshot::Symbols symbols;
    CHECK(text_of_stack(symbols, add_stack(symbols, {})).empty());
    CHECK(text_of_stack(symbols, add_stack(symbols, {make_frame(symbols, "a.py", -1, "f")})) ==
          "(0) a.py:?:f");
}

TEST_CASE("the text of a stack is cut at 1 MiB and ends with the number of missing frames") {
    snapshot::Symbols symbols;
    const std::string name(1000, 'x');
    std::vector<std::uint32_t> frames(3000,
                                      symbols.intern_frame(make_frame(symbols, "a.cpp", 1, name)).value());
    const std::string text = text_of_stack(symbols, symbols.intern_stack(frames));
    CHECK(text.size() <= k_max_stack_text);
    CHECK(text.size() > k_max_stack_text - 2000);
    const auto shown = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    CHECK(text.substr(text.rfind('\n') + 1) == "... " + std::to_string(3000 - shown) + " more frames");
}

TEST_CASE("a stack whose first frame is too long has only the number of frames") {
    snapshot::Symbols symbols;
    const std::string name(k_max_stack_text, 'x');
    const auto stack =
        add_stack(symbols, {make_frame(symbols, "a.cpp", 1, name), make_frame(symbols, "b.cpp", 2, "g")});
    CHECK(text_of_stack(symbols, stack) == "... 2 more frames");
}
