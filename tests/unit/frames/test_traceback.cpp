#include "frames/traceback.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::frames;

namespace {

std::vector<FrameText> parsed(const std::vector<std::string>& entries) {
    std::vector<FrameText> stack;
    for (const std::string& entry : entries) stack.push_back(*parse_traceback_entry(entry));
    return stack;
}

const std::string k_main = "  File \"train.py\", line 9, in <module>\n    main()\n";
const std::string k_step = "  File \"train.py\", line 5, in step\n";
const std::string k_forward = "  File \"/home/ada/model.py\", line 42, in forward\n    y = self.fc(x)\n";
const std::string k_linear =
    "  File \"/opt/venv/lib/python3.12/site-packages/torch/nn/modules/linear.py\", line 125, in forward\n";

}  // namespace

TEST_CASE("an entry of a traceback has a file, a line and a function") {
    const auto frame = parse_traceback_entry(k_forward);
    REQUIRE(frame);
    CHECK(frame->filename == "/home/ada/model.py");
    CHECK(frame->line == 42);
    CHECK(frame->name == "forward");
    CHECK(parse_traceback_entry("File \"a\", line 1, in b\", line 2, in f")->filename == "a\", line 1, in b");
    for (const char* text : {"", "a.py:1 in f\n", "  File \"a.py\", line 1", "  File \"a.py\", line x, in f",
                             "  File \"a.py\", in f", "  File a.py, line 1, in f"}) {
        INFO(text);
        CHECK_FALSE(parse_traceback_entry(text));
    }
}

TEST_CASE("the start of the program, then frames inside torch tell the order of a traceback") {
    CHECK(begins_with_outermost(parsed({k_main, k_step, k_forward})));
    CHECK_FALSE(begins_with_outermost(parsed({k_forward, k_step, k_main})));
    CHECK(begins_with_outermost(parsed({k_step, k_forward, k_linear})));
    CHECK_FALSE(begins_with_outermost(parsed({k_linear, k_forward, k_step})));
    CHECK_FALSE(begins_with_outermost(parsed({k_forward, k_step})));
    CHECK_FALSE(begins_with_outermost(parsed({k_main})));
    CHECK_FALSE(begins_with_outermost({}));
}
