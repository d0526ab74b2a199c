#include "io/temp_file.hpp"

#include <stdlib.h>

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::io;
using namespace snapq::input::fixtures;

TEST_CASE("A temporary file has no name and can be written at any offset") {
    for (const TemporaryStyle style : {TemporaryStyle::automatic, TemporaryStyle::named}) {
        const ScratchFolder dir;
        TempFile file(dir.path(), style);
        CHECK(dir.names().empty());
        file.write_at(3, "def");
        file.write_at(0, "abc");
        CHECK(file.size() == 6);
        std::string bytes(10, '?');
        CHECK(file.read_at(1, bytes) == 5);
        CHECK(bytes == "bcdef?????");
        CHECK(read_file(file.path()) == "abcdef");
        file.resize(2);
        CHECK(file.size() == 2);
        CHECK(file.read_at(2, bytes) == 0);
    }
}

TEST_CASE("A temporary file moves with its owner") {
    const ScratchFolder dir;
    TempFile first(dir.path());
    first.write_at(0, "abc");
    const TempFile second = std::move(first);
    CHECK(second.size() == 3);
}

TEST_CASE("The directory of temporaries is TMPDIR") {
    const char* before = ::getenv("TMPDIR");
    const std::string saved = before == nullptr ? "" : before;
    ::setenv("TMPDIR", "/elsewhere", 1);
    CHECK(temporary_directory() == "/elsewhere");
    ::setenv("TMPDIR", "", 1);
    CHECK(temporary_directory() == "/tmp");
    if (before == nullptr) {
        ::unsetenv("TMPDIR");
    } else {
        ::setenv("TMPDIR", saved.c_str(), 1);
    }
}

TEST_CASE("The error names a directory that cannot hold temporaries") {
    CHECK_THROWS_AS(TempFile("/nonexistent"), snapq::SystemError);
    CHECK_THROWS_AS(TempFile("/nonexistent", TemporaryStyle::named), snapq::SystemError);
    CHECK_THROWS_WITH(TempFile("/nonexistent"),
                      "cannot make a temporary file in /nonexistent: No such file or directory");
}
