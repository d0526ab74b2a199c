#include <type_traits>

#include "sample.hpp"
#include "support/catch.hpp"

namespace snapq::tests {
namespace {

TEST_CASE("each kind of error has the exit code of the program") {
    CHECK(exit_code(ErrorKind::usage) == 2);
    CHECK(exit_code(ErrorKind::input) == 3);
    CHECK(exit_code(ErrorKind::system) == 4);
    CHECK(UsageError("x").kind() == ErrorKind::usage);
    CHECK(InputError("x").kind() == ErrorKind::input);
    CHECK(SystemError("x").kind() == ErrorKind::system);
}

TEST_CASE("a base class knows all parts of an error") {
    InputError thrown("run.pickle", "the file ends here", 12);
    thrown.with_hint("copy it again");
    const Error& error = thrown;
    CHECK(std::string(error.what()) == "run.pickle: byte 12: the file ends here");
    CHECK(error.message() == "the file ends here");
    CHECK(error.file() == "run.pickle");
    CHECK(error.offset() == 12);
    CHECK(error.hint() == "copy it again");
    const Error copy = error;
    CHECK(copy.offset() == 12);
}

TEST_CASE("an error without a file has its message only") {
    const Error error(ErrorKind::system, "no space");
    CHECK(std::string(error.what()) == "no space");
    CHECK(error.message() == "no space");
    CHECK(error.file().empty());
    CHECK_FALSE(error.offset());
    CHECK(error.hint().empty());
}

TEST_CASE("the version of the library is that of its headers") {
    const std::string expected = std::to_string(SNAPQ_VERSION_MAJOR) + "." +
                                 std::to_string(SNAPQ_VERSION_MINOR) + "." +
                                 std::to_string(SNAPQ_VERSION_PATCH);
    CHECK(version() == expected);
}

}  // namespace
}  // namespace snapq::tests
