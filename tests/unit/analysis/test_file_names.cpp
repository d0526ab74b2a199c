#include <catch2/catch.hpp>

#include "analysis/file_names.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

TEST_CASE("Without options, names stay") {
    const ShownNames names({});
    CHECK_FALSE(names.any());
    CHECK(names.file("/a/b.py") == "/a/b.py");
    CHECK(names.text("in /a/b.py") == "in /a/b.py");
}

TEST_CASE("Directories are left out of file names and of paths in texts") {
    const ShownNames names({.base_names = true});
    CHECK(names.any());
    CHECK(names.file("/home/ada/my job/b.py") == "b.py");
    CHECK(names.file("D:\\job\\b.py") == "b.py");
    CHECK(names.text("from ~/x/y to '/a/b', and ./c; x=/etc/d.json") == "from y to 'b', and c; x=d.json");
    CHECK(names.text("job/model.py:7 forward") == "model.py:7 forward");
    CHECK(names.text("a/b/c") == "c");
}

TEST_CASE("Words that are no paths stay") {
    const ShownNames names({.base_names = true});
    for (const char* text : {"forward/backward", "a / b", "/", "1.5 GiB", "fwd/", "torch::add", ""})
        CHECK(names.text(text) == text);
}

TEST_CASE("A prefix is removed from the beginning") {
    const ShownNames names({.strip_prefix = "/home/[^/]+/"});
    CHECK(names.file("/home/ada/job/b.py") == "job/b.py");
    CHECK(names.file("/opt/home/ada/b.py") == "/opt/home/ada/b.py");
    CHECK(names.text("in /home/ada/job/b.py:7") == "in job/b.py:7");
    CHECK_THROWS_AS(ShownNames({.strip_prefix = "("}), UsageError);
}

TEST_CASE("What is stripped already is not stripped again") {
    const ShownNames names({.strip_prefix = "[^/]*/"});
    CHECK(names.file("/a/b/c.py") == "a/b/c.py");
    CHECK(names.text("a/b/c.py:7 f") == "a/b/c.py:7 f");
}

namespace {

TEST_CASE("a prefix is removed only at the beginning of a file name") {
    const StableFiles files("/home/[^/]+/");
    CHECK(files("/home/ada/tiny/model.py") == "tiny/model.py");
    CHECK(files("/scratch/home/ada/model.py") == "/scratch/home/ada/model.py");
    CHECK(files("model.py") == "model.py");
}

TEST_CASE("files have the same names on Windows and on Linux") {
    const StableFiles files("(?:[A-Z]:\\\\code\\\\|/code/)");
    CHECK(files("C:\\code\\tiny\\model.py") == files("/code/tiny/model.py"));
}

TEST_CASE("names of notebook cells lose the process id") {
    const StableFiles files("");
    CHECK(files("/tmp/ipykernel_4711/169.py") == files("/tmp/ipykernel_12/169.py"));
    CHECK(files("/tmp/ipykernel_4711/169.py") != files("/tmp/ipykernel_4711/170.py"));
    CHECK(files("/tmp/ipykernel_x/169.py") == "/tmp/ipykernel_x/169.py");
    CHECK(files("/tmp/ipykernel_") == "/tmp/ipykernel_");
}

TEST_CASE("a prefix that is not a regular expression is refused") {
    CHECK_THROWS_AS(StableFiles("(/home"), UsageError);
}

}  // namespace
}  // namespace snapq::analysis
