#include <fcntl.h>
#include <unistd.h>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/vfs.hpp"
#include "support/archive_files.hpp"
#include "support/error.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::archive::sqlite;
using namespace snapq::archive::tests;

TEST_CASE("a database in an unnamed file remains after closing") {
    const UnnamedFile file;
    {
        Connection connection(name_of_descriptor(file.fd()), OpenMode::create, descriptor_vfs());
        connection.execute("PRAGMA journal_mode=OFF; CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)");
        // Far more rows than the cache holds, so that pages are written and read again.
        connection.execute(
            "PRAGMA cache_size=5; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            "20000) INSERT INTO t SELECT 'row ' || i FROM n");
    }
    Connection again(name_of_descriptor(file.fd()), OpenMode::read_only, descriptor_vfs());
    Statement count = again.prepare("SELECT count(*) FROM t");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 20002);
    Statement check = again.prepare("PRAGMA integrity_check");
    REQUIRE(check.step());
    CHECK(check.text(0) == "ok");
}

TEST_CASE("several descriptors are used side by side") {
    const UnnamedFile one;
    const UnnamedFile two;
    Connection first(name_of_descriptor(one.fd()), OpenMode::create, descriptor_vfs());
    Connection second(name_of_descriptor(two.fd()), OpenMode::create, descriptor_vfs());
    first.execute("PRAGMA journal_mode=OFF; CREATE TABLE a(x)");
    second.execute("PRAGMA journal_mode=OFF; CREATE TABLE b(x)");
    CHECK(one.content() != two.content());
    CHECK(one.content().find("CREATE TABLE a") != std::string::npos);
    CHECK(two.content().find("CREATE TABLE b") != std::string::npos);
}

TEST_CASE("a full disk is a system error with the message of SQLite") {
    const int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    if (full < 0) return snapq::tests::skip_test("there is no /dev/full");
    Connection connection(name_of_descriptor(full), OpenMode::create, descriptor_vfs());
    CHECK_THROWS_WITH(connection.execute("PRAGMA journal_mode=OFF; CREATE TABLE t(a)"),
                      Catch::Contains("full"));
    close(full);
}

TEST_CASE("names that are not a descriptor are refused") {
    CHECK_THROWS_AS(
        Connection("elements.db", OpenMode::create, descriptor_vfs()).execute("CREATE TABLE t(a)"),
        SystemError);
}
