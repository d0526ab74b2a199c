#include "commands/archive_argument.hpp"

#include <filesystem>

#include "commands/ranks.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::commands;
using namespace snapq::tests;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const std::vector<std::string>& paths) {
    std::vector<std::string> result;
    for (const std::string& path : paths) result.push_back(fs::path(path).filename().string());
    return result;
}

}  // namespace

TEST_CASE("Ranks are sorted by number, with any number of digits") {
    const ScratchFolder folder;
    for (const char* name :
         {"rank10.zip", "rank2.zip", "rank0.zip", "run_9.zip", "run_10.zip", ".hidden.zip", "notes.txt"}) {
        write_file(folder / name, "");
    }
    CHECK(names(archives_in(folder.path())) ==
          std::vector<std::string>{"rank0.zip", "rank2.zip", "rank10.zip", "run_9.zip", "run_10.zip"});
}

TEST_CASE("Only directories with a database are archives") {
    const ScratchFolder folder;
    fs::create_directories(folder / "rank1");
    fs::create_directories(folder / "other");
    write_file(folder / "rank1/elements.db", "");
    CHECK(names(archives_in(folder.path())) == std::vector<std::string>{"rank1"});
    CHECK(is_rank_directory(folder.path()));
    CHECK_FALSE(is_rank_directory(folder / "rank1"));
    CHECK_FALSE(is_rank_directory(folder / "missing"));
}

TEST_CASE("Snapshots are used when there are no archives") {
    const ScratchFolder folder;
    write_file(folder / "b.pickle", "");
    write_file(folder / "a.pickle.gz", "");
    CHECK(names(archives_in(folder.path())) == std::vector<std::string>{"a.pickle.gz", "b.pickle"});
}

TEST_CASE("Among archives, a pickle that has not been converted is one more rank") {
    const ScratchFolder folder;
    for (const char* name : {"rank0.zip", "rank0.pickle", "rank1.pickle", "rank2.pkl.gz", "report.json"}) {
        write_file(folder / name, "");
    }
    fs::create_directories(folder / "rank2.snapq");
    write_file(folder / "rank2.snapq/elements.db", "");
    CHECK(names(archives_in(folder.path())) ==
          std::vector<std::string>{"rank0.zip", "rank1.pickle", "rank2.snapq"});
    CHECK(names(archives_in(folder.path(), Unconverted::left_out)) ==
          std::vector<std::string>{"rank0.zip", "rank2.snapq"});
}

TEST_CASE("A broken link is listed as a rank, links to directories are not") {
    const ScratchFolder folder;
    write_file(folder / "rank0.zip", "");
    fs::create_symlink("gone.zip", folder / "rank1.zip");
    fs::create_symlink("rank2.zip", folder / "rank2.zip");
    fs::create_symlink("gone", folder / "rank3.pickle");
    fs::create_symlink("loop", folder / "loop");
    CHECK(names(archives_in(folder.path())) ==
          std::vector<std::string>{"rank0.zip", "rank1.zip", "rank2.zip", "rank3.pickle"});
}

TEST_CASE("A directory of several archives is not opened as one") {
    const ScratchFolder folder;
    write_file(folder / "rank0.zip", "");
    CHECK_THROWS_WITH(open_archive_argument(folder.path(), true),
                      folder.path() + ": is a directory of several archives");
}

TEST_CASE("A directory without archives and snapshots is an error") {
    const ScratchFolder folder;
    CHECK_THROWS_AS(archives_in(folder.path()), InputError);
    CHECK_THROWS_AS(archives_in(folder / "missing"), InputError);
}

TEST_CASE("Directories among the arguments are replaced by their archives") {
    const ScratchFolder folder;
    write_file(folder / "rank1.zip", "");
    CHECK(expand_archive_arguments({"x.zip", folder.path()}) ==
          std::vector<std::string>{"x.zip", folder / "rank1.zip"});
}

TEST_CASE("A raw snapshot becomes an archive that leaves no files behind") {
    const std::string snapshot = SNAPQ_SOURCE_DIR "/examples/sample-cpp-pickler.pickle";
    const ScratchFolder folder;
    REQUIRE(setenv("TMPDIR", folder.path().c_str(), 1) == 0);
    const archive::ArchiveReader reader = open_archive_argument(snapshot, true);
    REQUIRE(unsetenv("TMPDIR") == 0);
    CHECK(reader.path() == snapshot);
    CHECK(fs::is_empty(folder.path()));
    archive::Database database = reader.open_database();
    CHECK(database.integer("SELECT count(*) FROM allocations") == 319);
}

TEST_CASE("The error for an unknown kind of file names the file") {
    const ScratchFolder folder;
    write_file(folder / "notes.txt", "hello");
    try {
        static_cast<void>(open_archive_argument(folder / "notes.txt", true));
        FAIL("accepted");
    } catch (const InputError& error) {
        CHECK(error.file() == folder / "notes.txt");
    }
}
