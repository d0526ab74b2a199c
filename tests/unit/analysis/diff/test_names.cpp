#include "analysis/diff/names.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
namespace {

TEST_CASE("functions that torch.compile resumes lose the line of the graph break") {
    CHECK(stable_function("torch_dynamo_resume_in_forward_at_501") == "forward");
    CHECK(stable_function("torch_dynamo_resume_in_look_at_me_at_7") == "look_at_me");
    CHECK(stable_function("torch_dynamo_resume_in_torch_dynamo_resume_in_f_at_1_at_22") == "f");
    CHECK(stable_function("Model.torch_dynamo_resume_in_forward_at_9") == "Model.forward");
    CHECK(stable_function("<resume in forward>") == "forward");
}

TEST_CASE("other functions keep their names, also those that look a little alike") {
    for (const std::string name : {"forward", "at_501", "meet_at_501", "my_torch_dynamo_resume_in_f_at_3",
                                   "<lambda>", "<module>", "", "_at_"}) {
        CHECK(stable_function(name) == name);
    }
    CHECK(stable_function("torch_dynamo_resume_in_forward") == "forward");
    CHECK(stable_function("torch_dynamo_resume_in_forward_at_") == "forward_at_");
}

TEST_CASE("Python frames are told from C++ frames by their texts") {
    CHECK(is_python_frame("/home/ada/model.py", "forward"));
    CHECK(is_python_frame("C:\\ada\\model.pyw", "forward"));
    CHECK(is_python_frame("<stdin>", "<module>"));
    CHECK(is_python_frame("<ipython-input-3-0f>", "train"));
    CHECK_FALSE(is_python_frame("??", "at::mm()"));
    CHECK_FALSE(is_python_frame("", "main"));
    CHECK_FALSE(is_python_frame("engine.cpp", "run"));
    CHECK_FALSE(is_python_frame("<artificial>", "std::function<void()>"));
}

TEST_CASE("a prefix is taken off only where a file begins with it") {
    const StableFiles files("/home/[^/]+/");
    CHECK(files("/home/ada/tiny/model.py") == "tiny/model.py");
    CHECK(files("/scratch/home/ada/model.py") == "/scratch/home/ada/model.py");
    CHECK(files("model.py") == "model.py");
}

TEST_CASE("runs on Windows and on Linux name files alike") {
    const StableFiles files("(?:[A-Z]:\\\\code\\\\|/code/)");
    CHECK(files("C:\\code\\tiny\\model.py") == files("/code/tiny/model.py"));
}

TEST_CASE("notebook cells do not carry the process that ran them") {
    const StableFiles files("");
    CHECK(files("/tmp/ipykernel_4711/169.py") == files("/tmp/ipykernel_12/169.py"));
    CHECK(files("/tmp/ipykernel_4711/169.py") != files("/tmp/ipykernel_4711/170.py"));
    CHECK(files("/tmp/ipykernel_x/169.py") == "/tmp/ipykernel_x/169.py");
    CHECK(files("/tmp/ipykernel_") == "/tmp/ipykernel_");
}

TEST_CASE("a prefix that is no regular expression is refused") {
    CHECK_THROWS_AS(StableFiles("(/home"), UsageError);
}

}  // namespace
}  // namespace snapq::analysis
