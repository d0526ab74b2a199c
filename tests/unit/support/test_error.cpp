#include "support/error.hpp"

#include <cerrno>

#include "support/catch.hpp"

using snapq::ErrorKind;
using snapq::InputError;
using snapq::SystemError;

TEST_CASE("an input error says the file, the offset and the problem") {
    CHECK(std::string(InputError("run.pickle", "LONG1: cut", 4112).what()) ==
          "run.pickle: byte 4112: LONG1: cut");
    CHECK(std::string(InputError("empty").what()) == "empty");
}

TEST_CASE("adding the file name keeps message, offset and hint") {
    InputError error("cut", 7);
    error.with_hint("copy it again");
    const InputError named = error.in_file("a.pickle");
    CHECK(std::string(named.what()) == "a.pickle: byte 7: cut");
    CHECK(named.hint() == "copy it again");
    CHECK(std::string(named.in_file("b.pickle").what()) == "a.pickle: byte 7: cut");
}

TEST_CASE("a system error ends with the message of the system") {
    const SystemError error("cannot write run.zip", ENOSPC);
    CHECK(std::string(error.what()) == "cannot write run.zip: No space left on device");
    CHECK(error.kind() == ErrorKind::system);
}
