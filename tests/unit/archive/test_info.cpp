#include "archive/info.hpp"

#include "support/archive_fixture.hpp"
#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;

TEST_CASE("info lists entries and tables with their rows") {
    const ScratchFolder folder;
    const ArchiveFixture fixture;
    write_file(folder / "a.zip", ArchiveFixture().zip());
    const report::ArchiveInfo info = describe_archive(open_archive(folder / "a.zip"));
    CHECK(info.path == folder / "a.zip");
    CHECK(info.kind == "snapq zip");
    CHECK(info.bytes == read_file(folder / "a.zip").size());
    REQUIRE(info.entries.size() == 4);
    CHECK(info.entries[1].name == "elements.db");
    CHECK(info.entries[1].method == "deflate");
    CHECK(info.entries[1].size == fixture.database.size());
    REQUIRE(info.tables.size() == 5);
    CHECK(info.tables[0].name == "meta");
    CHECK(info.tables[0].rows == 3);
    CHECK(info.tables[3].name == "allocations");
    CHECK(info.tables[3].rows == 4);
    CHECK(info.tables[4].is_view);
    CHECK_FALSE(info.tables[4].rows.has_value());
}

TEST_CASE("info works for archives of SnapViewer and unusual table names") {
    const ScratchFolder folder;
    write_file(folder / "allocations.json", "[]");
    write_file(folder / "elements.db", database_bytes(k_snapviewer_sql + "CREATE TABLE \"a \"\"b\"(x);"));
    const report::ArchiveInfo info = describe_archive(open_archive(folder.path()));
    CHECK(info.kind == "SnapViewer folder");
    REQUIRE(info.tables.size() == 2);
    CHECK(info.tables[0].rows == 3);
    CHECK(info.tables[1].name == "a \"b");
    CHECK(info.tables[1].rows == 0);
    CHECK(info.bytes > 2);
}
