#include "commands/convert_targets.hpp"

#include <filesystem>

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/scratch_folder.hpp"

namespace snapq::commands {
namespace {

using convert::Layout;
using Paths = std::vector<std::string>;

std::string complaint(const Paths& inputs, const std::string& output) {
    try {
        static_cast<void>(plan_targets(inputs, output, Layout::zip));
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("an archive is named after its input, with known suffixes replaced") {
    CHECK(archive_name("run.pickle", Layout::zip) == "run.zip");
    CHECK(archive_name("run.pickle.gz", Layout::zip) == "run.zip");
    CHECK(archive_name("run.json.zst", Layout::zip) == "run.zip");
    CHECK(archive_name("run.html", Layout::zip) == "run.zip");
    CHECK(archive_name("run.pt", Layout::zip) == "run.zip");
    CHECK(archive_name("run", Layout::zip) == "run.zip");
    CHECK(archive_name("run.v2", Layout::zip) == "run.v2.zip");
    CHECK(archive_name("run.pickle", Layout::directory) == "run.snapq");
}

TEST_CASE("a name that is only a suffix keeps it") {
    CHECK(archive_name(".pickle", Layout::zip) == ".pickle.zip");
    CHECK(archive_name(".gz", Layout::zip) == ".gz.zip");
}

TEST_CASE("without an output, each archive is written next to its input") {
    CHECK(plan_targets({"a/x.pickle", "/b/y.pkl.gz", "z"}, "", Layout::zip) ==
          Paths{"a/x.zip", "/b/y.zip", "z.zip"});
}

TEST_CASE("with one input, the output is a file name or an existing directory") {
    const tests::ScratchFolder folder;
    CHECK(plan_targets({"x.pickle"}, folder / "out", Layout::zip) == Paths{folder / "out"});
    CHECK(plan_targets({"x.pickle"}, folder.path(), Layout::zip) == Paths{folder / "x.zip"});
    // With the directory layout, the output is the archive's directory.
    CHECK(plan_targets({"x.pickle"}, folder.path(), Layout::directory) == Paths{folder.path()});
}

TEST_CASE("several inputs go into a directory, equal names get their parent's name as a prefix") {
    const tests::ScratchFolder folder;
    CHECK(plan_targets({"a/m.pickle", "b/m.pickle", "b/n.pickle"}, folder.path(), Layout::zip) ==
          Paths{folder / "a_m.zip", folder / "b_m.zip", folder / "n.zip"});
    CHECK(plan_targets({"-", "b/n.pickle"}, folder.path(), Layout::zip) ==
          Paths{folder / "stdin.zip", folder / "n.zip"});
}

TEST_CASE("several inputs need an existing directory") {
    const tests::ScratchFolder folder;
    CHECK(complaint({"a", "b"}, folder / "none") ==
          "-o " + (folder / "none") + ": several inputs need an existing directory");
    tests::write_file(folder / "file", "x");
    CHECK_FALSE(complaint({"a", "b"}, folder / "file").empty());
}

TEST_CASE("two inputs cannot have the same output") {
    CHECK(complaint({"a.pickle", "a.pkl"}, "") ==
          "'a.pickle' and 'a.pkl' would both be converted to 'a.zip'");
    const tests::ScratchFolder folder;
    CHECK_FALSE(complaint({"x/r/m.pickle", "y/r/m.pickle"}, folder.path()).empty());
}

TEST_CASE("an input is not replaced by its own archive") {
    const tests::ScratchFolder folder;
    tests::write_file(folder / "run.zip", "x");
    CHECK(complaint({folder / "run.zip"}, folder / "run.zip") ==
          "'" + (folder / "run.zip") + "' would be replaced by its own archive");
    std::filesystem::create_hard_link(folder / "run.zip", folder / "other.zip");
    CHECK_FALSE(complaint({folder / "other.zip"}, folder / "run.zip").empty());
}

TEST_CASE("standard input needs an output") {
    CHECK(complaint({"-"}, "") == "standard input has no name; name the archive with -o");
}

}  // namespace snapq::commands
