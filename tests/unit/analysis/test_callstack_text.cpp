#include "analysis/callstack_text.hpp"

#include "support/catch.hpp"

using namespace snapq::analysis;

TEST_CASE("the site is the innermost frame of the program") {
    const auto key = callstack_key(
        "(0) ??:0:at::_ops::mul::call(at::Tensor const&)\n"
        "(1) /usr/lib/python3/dist-packages/torch/nn/functional.py:7:linear\n"
        "(2) /home/ada/job/model.py:39:forward\n"
        "(3) /home/ada/job/train.py:1:main",
        KeyKind::site);
    CHECK(key.key == "/home/ada/job/model.py:39 forward");
    CHECK(key.label == "job/model.py:39 forward");
    CHECK(key.line == 39);
}

TEST_CASE("Windows paths keep their drive") {
    CHECK(callstack_key("(0) D:\\job\\train.py:12:step", KeyKind::file).key == "D:\\job\\train.py");
    CHECK(callstack_key("(0) D:\\job\\train.py:12:step", KeyKind::function).label == "job\\train.py step");
}

TEST_CASE("stacks without such a frame, and broken ones, have a name") {
    CHECK(callstack_key("", KeyKind::site).key == "[no stack]");
    CHECK(callstack_key("(0) ??:0:f", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("(", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("(0) ", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("a.py:99999999999999999999:f", KeyKind::site).file == "a.py");
    CHECK(callstack_key("(0) a.py:1:f\n(1) b.py:2:g", KeyKind::stack).key !=
          callstack_key("(0) a.py:1:f\n(1) b.py:3:g", KeyKind::stack).key);
}
