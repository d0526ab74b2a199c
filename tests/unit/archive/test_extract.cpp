#include "archive/extract.hpp"

#include <filesystem>

#include "archive/inspection.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

ArchiveReader fixture_archive(const ScratchFolder& folder,
                              const std::string& bytes = ArchiveFixture().zip()) {
    write_file(folder / "a.zip", bytes);
    return open_archive(folder / "a.zip");
}

std::size_t files_in(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("the two files have the bytes of the archive's entries") {
    const ScratchFolder folder;
    const ArchiveFixture fixture;
    const auto files = extract_archive(fixture_archive(folder), folder / "out");
    CHECK(files == std::vector<std::string>{folder / "out/allocations.json", folder / "out/elements.db"});
    CHECK(read_file(files[0]) == k_timeline_0);
    CHECK(read_file(files[1]) == fixture.database);
    CHECK(files_in(folder / "out") == 2);
    CHECK(verify_archive(folder / "out").ok());
}

TEST_CASE("another device becomes the viewer device, also in view allocs") {
    const ScratchFolder folder;
    extract_archive(fixture_archive(folder), folder / "out", {.device = 1});
    CHECK(read_file(folder / "out/allocations.json") == k_timeline_1);
    Database database = open_archive(folder / "out").open_database_for_user();
    CHECK(database.integer("SELECT sum(size) FROM allocs") == 4096);
    CHECK(database.integer("SELECT count(*) FROM allocations") == 4);
    CHECK(database.integer(
              "SELECT value FROM meta WHERE key = 'viewer_device' AND typeof(value) = 'integer'") == 1);
    CHECK(verify_archive(folder / "out").ok());

    extract_archive(fixture_archive(folder), folder / "same", {.device = 0});
    CHECK(read_file(folder / "same/elements.db") == ArchiveFixture().database);
}

TEST_CASE("a device without elements has an empty timeline") {
    const ScratchFolder folder;
    ArchiveFixture fixture;
    fixture.database = database_bytes(k_fixture_sql + "INSERT INTO devices VALUES(2, 0);");
    const ArchiveReader archive = fixture_archive(folder, fixture.zip());
    extract_archive(archive, folder / "out", {.device = 2});
    CHECK(read_file(folder / "out/allocations.json") == "[]\n");
    CHECK(open_archive(folder / "out").open_database().integer("SELECT count(*) FROM allocs") == 0);
    CHECK_THROWS_WITH(extract_archive(archive, folder / "other", {.device = 7}),
                      Contains("no device 7; it has 0, 1, 2"));
    CHECK_FALSE(std::filesystem::exists(folder / "other"));
}

TEST_CASE("existing files are replaced only with force") {
    const ScratchFolder folder;
    const ArchiveReader archive = fixture_archive(folder);
    std::filesystem::create_directory(folder / "out");
    write_file(folder / "out/elements.db", "mine");
    CHECK_THROWS_AS(extract_archive(archive, folder / "out"), UsageError);
    CHECK(read_file(folder / "out/elements.db") == "mine");
    CHECK(files_in(folder / "out") == 1);
    extract_archive(archive, folder / "out", {.device = {}, .force = true});
    CHECK(read_file(folder / "out/elements.db") == ArchiveFixture().database);
    CHECK(files_in(folder / "out") == 2);
}

TEST_CASE("a damaged archive leaves nothing behind") {
    const ScratchFolder folder;
    std::string bytes = ArchiveFixture().zip();
    bytes[bytes.find("elements.db") + 11 + 700] ^= 0x20;
    CHECK_THROWS_AS(extract_archive(fixture_archive(folder, bytes), folder / "out"), InputError);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
    CHECK_THROWS_AS(extract_archive(fixture_archive(folder), "/nonexistent/folder"), SystemError);
}

TEST_CASE("archives of SnapViewer are extracted unchanged") {
    const ScratchFolder folder;
    const ArchiveReader archive = fixture_archive(folder, snapviewer_zip());
    extract_archive(archive, folder / "out");
    CHECK(read_file(folder / "out/allocations.json") == k_snapviewer_timeline);
    CHECK(open_archive(folder / "out").kind() == ArchiveKind::snapviewer_directory);
    CHECK_THROWS_AS(extract_archive(archive, folder / "other", {.device = 0}), UsageError);
}

TEST_CASE("nothing in a crafted database runs when the viewer device changes") {
    const std::string renamed = "ALTER TABLE meta RENAME TO old; ";
    const std::string filled = " INSERT INTO meta SELECT * FROM old;";
    for (const std::string& sql :
         {std::string("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM stacks; END;"),
          renamed + "CREATE TABLE meta(key, value CHECK(length(hex(value)) >= 0));" + filled,
          renamed + "CREATE TABLE meta(key, value, long AS (hex(value)) STORED);" + filled,
          std::string("CREATE INDEX i ON meta(hex(value));"),
          std::string("CREATE INDEX i ON meta(value) WHERE length(hex(value)) > 0;")}) {
        INFO(sql);
        const ScratchFolder folder;
        ArchiveFixture fixture;
        fixture.database = database_bytes(k_fixture_sql + sql);
        CHECK_THROWS_AS(
            extract_archive(fixture_archive(folder, fixture.zip()), folder / "out", {.device = 1}),
            InputError);
        CHECK_FALSE(std::filesystem::exists(folder / "out"));
    }
}

TEST_CASE("a database with a write-ahead log keeps its viewer device") {
    const ScratchFolder folder;
    ArchiveFixture fixture;
    for (const std::size_t place : {18U, 19U}) {
        fixture.database = database_bytes(k_fixture_sql);
        fixture.database[place] = 2;
        if (place == 19) fixture.database[18] = 2;
        fixture.manifest = ArchiveFixture::described();
        const ArchiveReader archive = fixture_archive(folder, fixture.zip());
        CHECK_THROWS_WITH(extract_archive(archive, folder / "out", {.device = 1}),
                          Contains("uses a write-ahead log"));
        CHECK_FALSE(std::filesystem::exists(folder / "out"));
    }
}
