#include "archive/tables/accepted_schema.hpp"

#include <string>

#include "archive/sqlite/connection.hpp"
#include "archive/tables/tables.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using Catch::Matchers::Contains;

namespace {

// "accepted", or why the schema that the statements make is refused.
std::string check_of(const std::string& sql) {
    sqlite::Connection connection(":memory:", sqlite::OpenMode::create);
    connection.execute(sql);
    try {
        tables::check_schema(connection.handle());
        return "accepted";
    } catch (const InputError& error) {
        CHECK_FALSE(error.hint().empty());
        return error.message();
    }
}

// The same for the statement of an entry as it is stored, which may be none that SQLite would store.
std::string check_of_stored(const std::string& type, const std::string& statement) {
    return check_of("CREATE TABLE t(a, b); PRAGMA writable_schema=ON; INSERT INTO sqlite_master VALUES('" +
                    type + "', 'x', 'x', 0, '" + statement + "')");
}

std::string check_of_view(const std::string& select) {
    return check_of("CREATE TABLE t(a, b, c); CREATE VIEW v AS " + select);
}

}  // namespace

TEST_CASE("the schemas of convert and of SnapViewer's converter are accepted") {
    CHECK(check_of(std::string(tables::schema_sql())) == "accepted");
    CHECK(check_of("CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time "
                   "INTEGER, callstack TEXT)") == "accepted");
    CHECK(check_of("") == "accepted");
}

TEST_CASE("plain tables and indexes are accepted") {
    for (const char* sql : {
             "CREATE TABLE t(\"check\", [as], `generated`, a DEFAULT 'CHECK' NOT NULL UNIQUE)",
             "CREATE TABLE t(a, -- CHECK(a)\n b /* AS (a) */, PRIMARY KEY(a, b)) WITHOUT ROWID",
             "CREATE TABLE t(checked, has, a REFERENCES t(a), FOREIGN KEY(a) REFERENCES t(b))",
             "CREATE TABLE t(a); CREATE INDEX i ON t(a)",
             "CREATE TABLE t(a, b); CREATE UNIQUE INDEX \"i i\" ON t(a COLLATE nocase DESC, \"b\" ASC)",
             "CREATE TABLE t(a); ANALYZE",
         }) {
        INFO(sql);
        CHECK(check_of(sql) == "accepted");
    }
}

TEST_CASE("constraints that compute and generated columns are refused") {
    for (const char* columns :
         {"a CHECK(instr(a, 'x'))", "a, CHECK(a > 0)", "a, CONSTRAINT c cHeCk(a)", "a /**/ check /**/ (a)",
          "a, \xef\xbb\xbf"
          "CHECK(a)",
          "a DEFAULT 'it''s' CHECK(a)", "[a] CHECK([a])", "`a`CHECK(a)", "a--\nCHECK(a)"}) {
        INFO(columns);
        CHECK(check_of(std::string("CREATE TABLE t(") + columns + ")") == "table t has a CHECK constraint");
    }
    for (const char* columns : {"a, b AS (hex(a))", "a, b GENERATED ALWAYS AS (a) STORED",
                                "a, b as(a) VIRTUAL", "a, b INTEGER aS (1)", "a, b/**/AS/**/(a)"}) {
        INFO(columns);
        CHECK(check_of(std::string("CREATE TABLE t(") + columns + ")") == "table t has a generated column");
    }
}

TEST_CASE("indexes that compute are refused") {
    for (const char* index : {"t(hex(a))", "t(a + b)", "t(-a)", "t(a, length(b))", "t(a) WHERE b", "t((a))",
                              "t(a IS b)", "t(a COLLATE nocase || b)", "t(a) WHERE instr(a, 'x')"}) {
        INFO(index);
        CHECK(check_of(std::string("CREATE TABLE t(a, b); CREATE INDEX i ON ") + index) ==
              "index i is on an expression or on a part of its table");
    }
}

TEST_CASE("views that only join, filter and sum are accepted") {
    for (const char* select :
         {"SELECT a, sum(b) AS s, count(*) FROM t GROUP BY a ORDER BY (s) LIMIT (3)",
          "SELECT unknown FROM nowhere",
          "SELECT coalesce((SELECT a FROM t), max(b, c)) FROM t WHERE a IN (1, 2) AND (b OR NOT (c))",
          "SELECT * FROM t JOIN (SELECT 1 AS a) USING(a) UNION ALL SELECT 'with', 'a||b', 'instr(' FROM t",
          "SELECT a - b > c FROM t /* instr(a, b) */ -- WITH"}) {
        INFO(select);
        CHECK(check_of_view(select) == "accepted");
    }
    CHECK(check_of("CREATE TABLE t(a); CREATE VIEW v(x, y) AS SELECT a, a FROM t") == "accepted");
}

TEST_CASE("views that call other functions are refused") {
    for (const char* call : {"instr(a, b)", "printf('%.*c', 2000000000, 'x')", "hex(zeroblob(7000000))",
                             "json_patch(a, b)", "\"instr\"(a, b)", "[replace](a, b, c)", "`trim` (a, b)",
                             "group_concat(a)", "INSTR/**/(a, b)", "randomblob(9)"}) {
        INFO(call);
        CHECK_THAT(check_of_view(std::string("SELECT ") + call + " FROM t"),
                   Catch::Matchers::StartsWith("view v calls "));
    }
    CHECK_THAT(check_of_view("SELECT * FROM json_each('[1]')"), Contains("view v calls json_each"));
}

TEST_CASE("views that match or make texts, that multiply, or that are long are refused") {
    CHECK(check_of_view("SELECT a LIKE b FROM t") == "view v has LIKE");
    CHECK(check_of_view("SELECT a glob b FROM t") == "view v has glob");
    CHECK(check_of_view("SELECT a || b FROM t") == "view v has ||");
    CHECK(check_of_view("SELECT a ->> b FROM t") == "view v has ->");
    CHECK(check_of_view("SELECT a -> b FROM t") == "view v has ->");
    CHECK(check_of_view("SELECT cast(a AS TEXT) FROM t") == "view v has cast");
    CHECK(check_of_view("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n") ==
          "view v has WITH");
    CHECK(check_of_view("SELECT " + std::string(5000, '1')) == "view v has more than 4 KiB");
    std::string tower = "CREATE TABLE t(a);CREATE VIEW v0 AS SELECT a FROM t;";
    for (int i = 1; i < 30; ++i) {
        const std::string below = "v" + std::to_string(i - 1);
        tower +=
            "CREATE VIEW v" + std::to_string(i) + " AS SELECT x.a FROM " + below + " x, \"" + below + "\" y;";
    }
    CHECK(check_of(tower) == "view v1 reads another view, v0");
}

TEST_CASE("triggers and virtual tables are refused") {
    CHECK(check_of("CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END") ==
          "trigger g is not accepted");
    CHECK(check_of("CREATE VIRTUAL TABLE words USING fts5(a)") == "virtual table words is not accepted");
}

TEST_CASE("the statement counts, not the type that stands beside it") {
    CHECK(check_of_stored("table", "CREATE VIEW x AS SELECT hex(a) FROM t") == "view x calls hex");
    CHECK(check_of_stored("index", "CREATE TABLE x(a CHECK(a))") == "table x has a CHECK constraint");
    CHECK(check_of_stored("view", "CREATE TEMP TRIGGER x") ==
          "entry x is neither a table nor an index nor a view");
    CHECK(check_of_stored("table", "/**/") == "entry x is neither a table nor an index nor a view");
}

TEST_CASE("an attached database is checked by its own entries") {
    sqlite::Connection connection(":memory:", sqlite::OpenMode::create);
    connection.execute("ATTACH ':memory:' AS \"other one\"; CREATE TABLE \"other one\".t(a CHECK(a))");
    CHECK_NOTHROW(tables::check_schema(connection.handle()));
    CHECK_THROWS_WITH(tables::check_schema(connection.handle(), "other one"),
                      "table t has a CHECK constraint");
}
