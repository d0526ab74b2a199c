#include "analysis/diff/names.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

namespace snapq::analysis {
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
