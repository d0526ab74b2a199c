#include "commands/command.hpp"

#include "support/catch.hpp"
#include "unit/commands/command_line.hpp"

namespace snapq::commands {
namespace {

std::string complaint(std::vector<std::string> arguments) {
    return tests::complaint(*make_convert_command(), std::move(arguments));
}

}  // namespace

TEST_CASE("convert accepts the options in its help") {
    CHECK(complaint({"a.pickle"}).empty());
    CHECK(complaint({"a.pickle", "b.pickle", "-o", "out", "-j", "2", "-f", "-q"}).empty());
    CHECK(complaint({"-", "-o", "out.zip", "--compression", "zstd", "--level", "19"}).empty());
    CHECK(complaint({"a", "--layout", "dir", "--device", "0", "--preexisting", "freed"}).empty());
    CHECK(complaint({"a", "--label", "k=v", "--label", "k2=", "--rank", "3", "--max-points", "0"}).empty());
    CHECK(complaint({"a", "--stats", "--progress", "never", "--dry-run", "--threads", "256"}).empty());
    CHECK(complaint({"a", "--stats=json", "--max-points", "4", "-d", "all"}).empty());
}

TEST_CASE("option --stats without a value does not use the next argument as its value") {
    CHECK(complaint({"--stats", "a.pickle"}).empty());
}

TEST_CASE("convert names an invalid value") {
    CHECK(complaint({"a", "--max-points", "3"}) ==
          "--max-points 3: an element needs at least 4 points (0 means exact)");
    CHECK(complaint({"a", "--device", "x"}) ==
          "--device: expected a number from 0, 'host' or 'all', got 'x'");
    CHECK(complaint({"a", "--device", "1x"}) ==
          "--device: expected a number from 0, 'host' or 'all', got '1x'");
    CHECK(complaint({"a", "--device", "-2"}) ==
          "--device: expected a number from 0, 'host' or 'all', got '-2'");
    CHECK(complaint({"a", "--label", "novalue"}) == "--label 'novalue': expected KEY=VALUE");
    CHECK(complaint({"a", "--label", "=v"}) == "--label '=v': expected KEY=VALUE");
    CHECK(complaint({"a", "--compression", "xz"}) ==
          "CLI: --compression: expected deflate, zstd or store, got 'xz'");
    CHECK(complaint({"a", "--layout", "tar"}) == "CLI: --layout: expected zip or dir, got 'tar'");
    CHECK(complaint({"a", "--rank", "-1"}) == "CLI: --rank: expected a number from 0, got '-1'");
}

TEST_CASE("levels are checked against the method") {
    CHECK(complaint({"a", "--level", "3"}).empty());
    CHECK(complaint({"a", "--level", "4"}) == "--level 4: deflate supports levels 0 to 3");
    CHECK(complaint({"a", "--level=-1"}) == "CLI: --level: expected a number from 0, got '-1'");
    CHECK(complaint({"a", "--compression", "zstd", "--level", "20"}) ==
          "--level 20: zstd supports levels 1 to 19");
    CHECK(complaint({"a", "--compression", "store", "--level", "1"}) == "--level 1: store has no levels");
}

TEST_CASE("contradicting options are rejected") {
    const std::string plain =
        "--layout dir writes uncompressed files; --compression and --level cannot be used with it";
    CHECK(complaint({"a", "--layout", "dir", "--compression", "store"}) == plain);
    CHECK(complaint({"a", "--layout", "dir", "--level", "1"}) == plain);
    CHECK(complaint({"-", "-", "-o", "out"}) == "standard input can be read only once");
    CHECK(complaint({"a", "b", "--rank", "1"}) == "--rank sets one rank, but there are 2 inputs");
    CHECK_FALSE(complaint({"a", "--rank", "1", "--rank-regex", "(x)"}).empty());
    CHECK_FALSE(complaint({"a", "--rank", "1", "--rank-from", "slurm"}).empty());
    CHECK_FALSE(complaint({"a", "--rank-regex", "(x)", "--rank-from", "slurm"}).empty());
    CHECK(complaint({"a", "--rank-from", "env:SNAPQ_NO_SUCH_VARIABLE"}) ==
          "--rank-from env:SNAPQ_NO_SUCH_VARIABLE: the environment has no SNAPQ_NO_SUCH_VARIABLE");
    CHECK(complaint({"a", "--skip-existing", "--dry-run"}) ==
          "--dry-run writes no archive, so --skip-existing has nothing to skip");
}

TEST_CASE("numbers of threads and jobs have limits") {
    for (const char* option : {"--threads", "--jobs"}) {
        CHECK(complaint({"a", option, "1"}).empty());
        CHECK_FALSE(complaint({"a", option, "0"}).empty());
        CHECK_FALSE(complaint({"a", option, "257"}).empty());
        CHECK(complaint({"a", option, "two"}) ==
              fmt::format("CLI: {}: expected a number from 1 to 256, got 'two'", option));
    }
}

TEST_CASE("convert needs an input") {
    CHECK(complaint({}).find("INPUT") != std::string::npos);
}

}  // namespace snapq::commands
