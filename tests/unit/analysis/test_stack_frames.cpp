#include "analysis/keys.hpp"
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

TEST_CASE("site and user frame follow the rules of our own archives") {
    const std::string_view stack =
        "(0) ??:0:at::_ops::mul::call(at::Tensor const&)\n"
        "(1) /opt/conda/lib/python3.10/site-packages/torch/nn/functional.py:7:linear\n"
        "(2) /opt/conda/lib/python3.10/site-packages/timm/layers/mlp.py:39:forward\n"
        "(3) /opt/conda/lib/python3.10/contextlib.py:79:inner\n"
        "(4) <ipython-input-3-0f>:1:<module>";
    CHECK(callstack_key(stack, KeyKind::site).label == "layers/mlp.py:39 forward");
    CHECK(callstack_key(stack, KeyKind::user_frame).label == "<ipython-input-3-0f>:1 <module>");
    CHECK(callstack_key("(0) /v/site-packages/timm/x.py:1:f", KeyKind::user_frame).label == "timm/x.py:1 f");
}

TEST_CASE("Windows paths keep their drive") {
    CHECK(callstack_key("(0) D:\\job\\train.py:12:step", KeyKind::file).key == "D:\\job\\train.py");
    CHECK(callstack_key("(0) D:\\job\\train.py:12:step", KeyKind::function).label == "job\\train.py step");
}

TEST_CASE("stacks without a frame of the program, and broken ones, have a name") {
    CHECK(callstack_key("", KeyKind::site).key == "[no stack]");
    CHECK(callstack_key("(0) ??:0:f", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("(", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("(0) ", KeyKind::site).key == "[no frame]");
    CHECK(callstack_key("a.py:99999999999999999999:f", KeyKind::site).file == "a.py");
    CHECK(callstack_key("(0) a.py:1:f\n(1) b.py:2:g", KeyKind::stack).key !=
          callstack_key("(0) a.py:1:f\n(1) b.py:3:g", KeyKind::stack).key);
}

TEST_CASE("with a depth above 1, the text of a stack gives the callers too") {
    const std::string_view stack =
        "(0) /v/site-packages/timm/x.py:1:f\n(1) ??:0:g\n(2) job/model.py:2:forward\n(3) job/train.py:3:main";
    CHECK(callstack_key(stack, KeyKind::site, 2).key ==
          "/v/site-packages/timm/x.py:1 f < job/model.py:2 forward");
    CHECK(callstack_key(stack, KeyKind::user_frame, 9).label ==
          "job/model.py:2 forward < job/train.py:3 main");
    CHECK(callstack_key("", KeyKind::site, 3).key == "[no stack]");
}
