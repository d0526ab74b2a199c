#include "archive/sqlite/connection.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive::sqlite;

TEST_CASE("wrong SQL is a usage error with SQLite's message") {
    Connection connection(":memory:", OpenMode::create);
    CHECK_THROWS_AS(connection.prepare("SELEC 1"), UsageError);
    CHECK_THROWS_WITH(connection.prepare("SELECT * FROM nowhere"), Catch::Contains("no such table: nowhere"));
    CHECK_THROWS_AS(connection.execute("CREATE TABLE"), UsageError);
}

TEST_CASE("more than one statement is refused") {
    Connection connection(":memory:", OpenMode::create);
    CHECK_THROWS_AS(connection.prepare("SELECT 1; SELECT 2"), UsageError);
    CHECK(connection.prepare("SELECT 1 ; \n").step());
}

TEST_CASE("bound values are returned, and a statement can run again") {
    Connection connection(":memory:", OpenMode::create);
    Statement statement = connection.prepare("SELECT ? AS number, ?, ?");
    statement.bind(1, std::int64_t{-5});
    statement.bind(2, "text");
    statement.bind_null(3);
    for (int round = 0; round < 2; ++round) {
        REQUIRE(statement.step());
        CHECK(statement.integer(0) == -5);
        CHECK(statement.text(1) == "text");
        CHECK(statement.is_null(2));
        CHECK(statement.column_name(0) == "number");
        CHECK_FALSE(statement.step());
        statement.reset();
    }
}

TEST_CASE("a database that cannot be opened is a system error") {
    CHECK_THROWS_AS(Connection("/nonexistent/folder/x.db", OpenMode::create), SystemError);
}
