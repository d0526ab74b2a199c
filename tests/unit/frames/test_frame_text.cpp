#include <string>
#include <vector>

#include "frames/frame_text.hpp"
#include "support/catch.hpp"

using namespace snapq::frames;

namespace {

void check_frame(std::string_view text, std::string_view filename, std::int64_t line, std::string_view name) {
    INFO(text);
    const auto frame = parse_frame_line(text);
    REQUIRE(frame);
    CHECK(frame->filename == filename);
    CHECK(frame->line == line);
    CHECK(frame->name == name);
}

}  // namespace

TEST_CASE("A line of a stack is split into filename, line and name", "[frame_text]") {
    check_frame("(3) /home/ada/model.py:7:forward", "/home/ada/model.py", 7, "forward");
    check_frame("/home/ada/model.py:7:forward", "/home/ada/model.py", 7, "forward");
    check_frame("(0) D:\\job\\train.py:12:step", "D:\\job\\train.py", 12, "step");
    check_frame("??:0:at::_ops::mul::call(at::Tensor const&)", "??", 0,
                "at::_ops::mul::call(at::Tensor const&)");
    check_frame("(12) :0:main", "", 0, "main");
    check_frame("(0) <ipython-input-3-0f>:2:<module>", "<ipython-input-3-0f>", 2, "<module>");
    check_frame("(odd) name.py:1:f", "name.py", 1, "f");
    check_frame("a.py:99999999999999999999:f", "a.py", 0, "f");
    check_frame("a.py:1:", "a.py", 1, "");
}

TEST_CASE("Lines that are not frames are skipped", "[frame_text]") {
    for (const std::string line : {"", "(", "(0) ", "a.py", "a.py:7", "a.py:7f:g", "a.py::f", "C:\\a.py"}) {
        INFO(line);
        CHECK_FALSE(parse_frame_line(line));
    }
    std::string_view rest = "nonsense\n\na.py:1:f\n(\nb.py:2:g\n";
    CHECK(next_frame(rest)->name == "f");
    CHECK(next_frame(rest)->name == "g");
    CHECK_FALSE(next_frame(rest));
    CHECK(rest.empty());
}

TEST_CASE("Functions that torch.compile resumes lose the line of the graph break", "[frame_text]") {
    CHECK(stable_function("torch_dynamo_resume_in_forward_at_501") == "forward");
    CHECK(stable_function("torch_dynamo_resume_in_look_at_me_at_7") == "look_at_me");
    CHECK(stable_function("torch_dynamo_resume_in_torch_dynamo_resume_in_f_at_1_at_22") == "f");
    CHECK(stable_function("Model.torch_dynamo_resume_in_forward_at_9") == "Model.forward");
    CHECK(stable_function("<resume in forward>") == "forward");
}

TEST_CASE("Other functions keep their names, also similar ones", "[frame_text]") {
    for (const std::string name : {"forward", "at_501", "meet_at_501", "my_torch_dynamo_resume_in_f_at_3",
                                   "<lambda>", "<module>", "", "_at_"}) {
        CHECK(stable_function(name) == name);
    }
    CHECK(stable_function("torch_dynamo_resume_in_forward") == "forward");
    CHECK(stable_function("torch_dynamo_resume_in_forward_at_") == "forward_at_");
}

TEST_CASE("Filenames keep only what is the same in every run", "[frame_text]") {
    CHECK(stable_filename("C:\\job\\model.py") == "C:/job/model.py");
    CHECK(stable_filename("/tmp/ipykernel_4711/169.py") == "/tmp/ipykernel/169.py");
    CHECK(stable_filename("C:\\Temp\\ipykernel_9\\1.py") == "C:/Temp/ipykernel/1.py");
    CHECK(stable_filename("/tmp/ipykernel_x/169.py") == "/tmp/ipykernel_x/169.py");
}

using namespace snapq;

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

using snapq::frames::base_name;
using snapq::frames::FramePath;

namespace {

std::string joined(std::string_view filename) {
    const FramePath path(filename);
    return std::string(path.part(0, path.size()));
}

}  // namespace

TEST_CASE("A path is split into its components", "[frame_path]") {
    const FramePath path("/home/u/train.py");
    REQUIRE(path.size() == 3);
    CHECK(path[0] == "home");
    CHECK(path[2] == "train.py");
    CHECK(path.part(1, 2) == "u/train.py");
    CHECK(path.part(1, 3).empty());
    CHECK(path.absolute());
    CHECK_FALSE(path.windows());
}

TEST_CASE("Windows paths are in lower case with slashes", "[frame_path]") {
    CHECK(joined("D:\\Dev\\Net\\Model.PY") == "d:/dev/net/model.py");
    CHECK(joined("C:/Users/U/x.py") == "c:/users/u/x.py");
    CHECK(joined("\\\\Server\\Share\\x.py") == "server/share/x.py");
    CHECK(FramePath("C:\\x.py").absolute());
    CHECK_FALSE(FramePath("asyncio\\events.py").absolute());
    CHECK(joined("/Home/U/x.py") == "Home/U/x.py");
}

TEST_CASE("Dots and doubled separators are resolved", "[frame_path]") {
    CHECK(joined("/a/b/../c//./d.py") == "a/c/d.py");
    CHECK(joined("/a/../b.py") == "b.py");
    CHECK(joined("../b.py") == "../b.py");
    CHECK(joined("a/../../b.py") == "../b.py");
    CHECK(FramePath("").size() == 0);
    CHECK(FramePath("/").size() == 0);
}

TEST_CASE("The base name follows the last separator of either kind", "[frame_path]") {
    CHECK(base_name("/a/b.py") == "b.py");
    CHECK(base_name("C:\\a\\b.py") == "b.py");
    CHECK(base_name("b.py") == "b.py");
    CHECK(base_name("/a/").empty());
}

using namespace snapq::frames;

TEST_CASE("Filenames of notebook cells lose the process and the counter", "[notebook]") {
    CHECK(without_counters("/tmp/ipykernel_4711/169.py") == "/tmp/ipykernel/169.py");
    CHECK(without_counters("/tmp/xpython_4711/169.py") == "/tmp/xpython/169.py");
    CHECK(without_counters("/home/ada/.ipykernel/1234/command-5-6") == "/home/ada/.ipykernel/command-5-6");
    CHECK(without_counters("<ipython-input-12-1a2b3c4d5e6f>") == "<ipython-input-1a2b3c4d5e6f>");
    CHECK(without_counters("/tmp/ipython-input-4-3467281049.py") == "/tmp/ipython-input-3467281049.py");
    CHECK(without_counters("<ipython-input-12>") == "<ipython-input>");
    CHECK(without_counters("Cell In[12]") == "Cell In");
    CHECK(without_counters("Input In [3]") == "Input In");
}

TEST_CASE("Filenames that only look like notebook cells are kept", "[notebook]") {
    for (const std::string name :
         {"/tmp/ipykernel_x/169.py", "/tmp/ipykernel_", "/tmp/ipython-input-3467281049.py",
          "<ipython-input-ab>", "Cell In[]", "Cell In[12", "cell_12.py", ""}) {
        CHECK(without_counters(name) == name);
        CHECK_FALSE(counter_of_cell(name));
    }
}

TEST_CASE("A cell without a hash is told from others by its counter", "[notebook]") {
    CHECK(counter_of_cell("Cell In[12]") == 12);
    CHECK(counter_of_cell("Input In [3]") == 3);
    CHECK(counter_of_cell("<ipython-input-7>") == 7);
    CHECK_FALSE(counter_of_cell("<ipython-input-12-1a2b3c4d5e6f>"));
    CHECK_FALSE(counter_of_cell("/tmp/ipykernel_4711/169.py"));
    CHECK_FALSE(counter_of_cell("Cell In[99999999999999999999]"));
}
