#include "archive/sqlite/database.hpp"

#include <new>
#include <thread>

#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;
using snapq::report::Blob;
using snapq::report::Cell;

namespace {

// The archive of one test. Its database is that of the fixture, changed by SQL.
class Subject {
public:
    explicit Subject(const std::string& sql = {}) {
        write_file(m_folder / "elements.db", database_bytes(k_fixture_sql + sql));
    }
    [[nodiscard]] Database open() const { return open_archive(m_folder.path()).open_database_for_user(); }

private:
    ScratchFolder m_folder;
};

std::string first_text(Database& database, std::string_view sql) {
    Query query = database.prepare(sql);
    return query.next() ? std::string(query.text(0)) : "no row";
}

}  // namespace

TEST_CASE("cells come with their type") {
    Database database = Subject().open();
    Query query = database.prepare("SELECT 7, 1.5, 'text', x'00ff', NULL, zeroblob(0), '', zeroblob(3)");
    REQUIRE(query.next());
    CHECK(query.column_count() == 8);
    CHECK(query.cell(0) == Cell(std::int64_t{7}));
    CHECK(query.integer(0) == 7);
    CHECK(query.cell(1) == Cell(1.5));
    CHECK(query.real(1) == 1.5);
    CHECK(query.cell(2) == Cell(std::string_view("text")));
    CHECK(query.text(2) == "text");
    CHECK(query.cell(3) == Cell(Blob{std::string_view("\0\xff", 2)}));
    CHECK(query.text(3) == std::string_view("\0\xff", 2));
    CHECK(query.is_null(4));
    CHECK(query.cell(4) == Cell());
    CHECK(query.text(4).empty());
    CHECK(query.cell(5) == Cell(Blob{}));
    CHECK(query.cell(6) == Cell(std::string_view()));
    CHECK(query.text(6).empty());
    CHECK(query.cell(7) == Cell(Blob{std::string_view("\0\0\0", 3)}));
    CHECK_FALSE(query.next());
}

TEST_CASE("concat joins all kinds of values, and leaves NULL out") {
    Database database = Subject().open();
    database.add_functions({});
    const auto joined = [&](std::string_view arguments) {
        return first_text(database, fmt::format("SELECT concat({})", arguments));
    };
    CHECK(joined("'a', NULL, 7, -1.5, x'62ff', ''") == "a7-1.5b\xff");
    CHECK(joined("NULL").empty());
    CHECK(first_text(database, "SELECT typeof(concat(x'20', NULL))") == "text");
    // Below and above the size that needs no memory of its own.
    for (const int size : {511, 512, 513, 100'000})
        CHECK(joined(fmt::format("'a', printf('%{}s', 'b')", size - 1)) ==
              'a' + std::string(static_cast<std::size_t>(size) - 2, ' ') + 'b');
    CHECK_THROWS_WITH(joined(""), Contains("at least one argument"));
    CHECK_THROWS_WITH(joined("zeroblob(9000000), zeroblob(9000000)"), Contains("too big"));
}

TEST_CASE("parameters are bound by number and by name") {
    Database database = Subject().open();
    Query query = database.prepare("SELECT :a, @b, $c, :d");
    CHECK(query.parameter_count() == 4);
    CHECK(query.parameter(":x") == 0);
    query.bind(query.parameter(":a"), std::int64_t{5});
    query.bind(query.parameter("@b"), 2.5);
    query.bind(query.parameter("$c"), std::string("copied"));
    query.bind_null(query.parameter(":d"));
    REQUIRE(query.next());
    CHECK(query.integer(0) == 5);
    CHECK(query.real(1) == 2.5);
    CHECK(query.text(2) == "copied");
    CHECK(query.is_null(3));
    query.reset();
    CHECK(query.next());
}

TEST_CASE("several statements are taken one by one") {
    Database database = Subject().open();
    std::string_view sql = "SELECT 1; -- a comment\n SELECT 2;\n-- the end";
    std::vector<std::int64_t> seen;
    while (!sql.empty()) {
        Query query = database.prepare_first(sql);
        while (query.next()) seen.push_back(query.integer(0));
        if (query.column_count() == 0) CHECK(sql.empty());
    }
    CHECK(seen == std::vector<std::int64_t>{1, 2});
    CHECK_THROWS_AS(database.prepare("SELECT 1; SELECT 2"), UsageError);
    CHECK_THROWS_WITH(database.prepare("SELECT x FROM allocs"), Contains("no such column: x"));
}

TEST_CASE("queries may use all of SQL that reads") {
    Database database = Subject().open();
    CHECK(database.integer("SELECT sum(value) FROM json_each('[1,2,3]')") == 6);
    CHECK(database.integer("SELECT count(*) FROM json_tree('{\"a\":[1]}')") == 3);
    CHECK(database.integer("SELECT count(*) FROM pragma_table_info('allocations')") == 6);
    CHECK(database.integer("SELECT count(*) FROM pragma_table_list WHERE name = 'allocs'") == 1);
    CHECK(database.integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10) SELECT "
                           "sum(i) FROM n") == 55);
    CHECK(database.integer("SELECT sum(size) OVER (ORDER BY idx) FROM allocs ORDER BY idx DESC LIMIT 1") ==
          3584);
    CHECK(first_text(database, "PRAGMA integrity_check") == "ok");
    CHECK(first_text(database, "EXPLAIN QUERY PLAN SELECT * FROM allocs WHERE idx = 3").size() > 0);
    CHECK(first_text(database, "PRAGMA table_info(devices)") == "0");
    CHECK(first_text(database, "SELECT group_concat(callstack) FROM stacks") == "(0) a.py:1:f,(0) b.py:2:g");
}

TEST_CASE("SQL that does more than reading is refused") {
    Database database = Subject().open();
    const ScratchFolder folder;
    const std::string target = folder / "written";
    for (const std::string& sql : {std::string("DELETE FROM meta"),
                                   std::string("UPDATE meta SET value = 1"),
                                   std::string("INSERT INTO meta VALUES(1, 2)"),
                                   std::string("CREATE TABLE t(x)"),
                                   std::string("CREATE TEMP TABLE t(x)"),
                                   std::string("DROP VIEW allocs"),
                                   std::string("ATTACH '" + target + "' AS t"),
                                   std::string("DETACH main"),
                                   std::string("VACUUM INTO '" + target + "'"),
                                   std::string("PRAGMA writable_schema=ON"),
                                   std::string("PRAGMA query_only=OFF"),
                                   std::string("PRAGMA user_version=3"),
                                   std::string("PRAGMA schema_version=3"),
                                   std::string("PRAGMA temp_store_directory='/'"),
                                   std::string("PRAGMA mmap_size=1000000"),
                                   std::string("PRAGMA cache_size=1000000"),
                                   std::string("PRAGMA trusted_schema=ON"),
                                   std::string("PRAGMA journal_mode=DELETE"),
                                   std::string("PRAGMA hard_heap_limit=0"),
                                   std::string("BEGIN IMMEDIATE"),
                                   std::string("SAVEPOINT s"),
                                   std::string("ANALYZE"),
                                   std::string("REINDEX"),
                                   std::string("SELECT load_extension('x')"),
                                   std::string("UPDATE sqlite_master SET sql = ''"),
                                   std::string("DELETE FROM sqlite_master"),
                                   std::string("CREATE VIRTUAL TABLE t USING fts5(x)"),
                                   std::string("SELECT * FROM dbstat"),
                                   std::string("SELECT writefile('" + target + "', 'x')"),
                                   std::string("SELECT fts3_tokenizer('x')"),
                                   std::string("SELECT fts5(NULL)"),
                                   std::string("SELECT FTS5_source_id()")}) {
        INFO(sql);
        CHECK_THROWS_AS([&] { static_cast<void>(database.prepare(sql).next()); }(), UsageError);
    }
    CHECK_FALSE(std::filesystem::exists(target));
    CHECK(database.integer("SELECT count(*) FROM meta") == 3);
}

TEST_CASE("a database whose schema can run something is not opened") {
    for (const char* sql :
         {"CREATE VIEW loader AS SELECT load_extension('/tmp/evil')",
          "CREATE VIEW tokenizer AS SELECT fts3_tokenizer('simple')",
          "CREATE VIEW full_text AS SELECT fts5(NULL)",
          "CREATE TABLE generated(a, b AS (1 + length(hex(a))))",
          "CREATE VIEW direct AS SELECT readfile('/etc/passwd')",
          "CREATE TABLE trap(x); CREATE TRIGGER t AFTER INSERT ON trap BEGIN DELETE FROM meta; END",
          "CREATE VIRTUAL TABLE words USING fts5(text)",
          "CREATE VIRTUAL TABLE boxes USING rtree(id, low, high)"}) {
        INFO(sql);
        CHECK_THROWS_AS(Subject(sql).open(), InputError);
        const ScratchFolder folder;
        write_file(folder / "elements.db", database_bytes(k_fixture_sql + sql));
        Database good = Subject().open();
        CHECK_THROWS_AS(open_archive(folder.path()).attach_to(good, "other"), InputError);
    }
}

TEST_CASE("the program's own queries call only the functions that they need") {
    const ScratchFolder folder;
    write_file(folder / "elements.db", database_bytes(k_fixture_sql));
    Database database = open_archive(folder.path()).open_database();
    CHECK(database.integer("SELECT sum(size) FROM allocs WHERE coalesce(callstack, '') NOT LIKE 'x'") ==
          3584);
    for (const char* call :
         {"instr(callstack, 'a')", "printf('%s', callstack)", "hex(callstack)",
          "replace(callstack, 'a', 'b')", "json_patch(callstack, '{}')", "randomblob(9)"}) {
        INFO(call);
        CHECK_THROWS_WITH(database.prepare(std::string("SELECT ") + call + " FROM allocs"),
                          Contains("not authorized to use function"));
    }
}

TEST_CASE("the program's own queries end after more work than their database can need") {
    const ScratchFolder folder;
    write_file(folder / "elements.db", database_bytes(k_fixture_sql));
    Database database = open_archive(folder.path()).open_database();
    int checks = 0;
    database.check_progress([&] { return ++checks > 0; });  // the limit of work is kept
    CHECK_THROWS_AS(database.integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                     " SELECT count(*) FROM n"),
                    QueryInterrupted);
    CHECK(database.is_out_of_work());
    CHECK(checks > 900);
    CHECK(checks < 3000);
    database.limit_work(std::nullopt);
    CHECK(database.integer("SELECT count(*) FROM meta") == 3);
    CHECK_FALSE(database.is_out_of_work());
}

TEST_CASE("generated columns of a crafted schema cannot call dangerous functions") {
    // SQLite refuses to create such a table, so the stored statement of another table is replaced.
    const std::string harmless = "CREATE TABLE generated(a, b AS (abs(123456)))";
    for (const std::string& evil : {std::string("CREATE TABLE generated(a, b AS (fts5(1234567)))"),
                                    std::string("CREATE TABLE generated(a, b AS (fts3_tokenizer(a)))"),
                                    std::string("CREATE TABLE generated(a, b AS (load_extension(a)))")}) {
        INFO(evil);
        const Subject subject(harmless +
                              "; INSERT INTO generated(a) VALUES('simple'); PRAGMA writable_schema=ON;"
                              " UPDATE sqlite_master SET sql = '" +
                              evil + "' WHERE name = 'generated';");
        CHECK_THROWS_AS(
            [&] {
                Database database = subject.open();
                return first_text(database, "SELECT b FROM generated");
            }(),
            Error);
    }
}

TEST_CASE("a schema of very many tables is refused at once") {
    const Subject subject(
        "PRAGMA writable_schema=ON; INSERT INTO sqlite_master WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
        " SELECT i + 1 FROM n LIMIT 50000) SELECT 'table', 't' || i, 't' || i, 2, 'CREATE TABLE t' || i || "
        "'(x)' FROM n;");
    CHECK_THROWS_WITH(subject.open(), Contains("schema of the database is larger"));

    const ScratchFolder folder;
    write_file(folder / "a.zip", ArchiveFixture().zip());
    Database database = open_archive(folder / "a.zip").open_database_for_user();
    int asked = 0;
    database.check_progress([&] { return ++asked < 3; });
    open_archive(folder / "a.zip").attach_to(database, "other");
    CHECK_THROWS_AS(
        database.integer(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"),
        QueryInterrupted);
    CHECK(asked == 3);
}

TEST_CASE("an endless query can be ended", "[threads]") {
    const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    Database database = Subject().open();
    int asked = 0;
    database.check_progress([&] { return ++asked < 20; });
    CHECK_THROWS_AS(database.integer(endless + " SELECT count(*) FROM n"), QueryInterrupted);
    CHECK(asked == 20);
    database.check_progress({});
    CHECK(database.integer(endless + " SELECT count(*) FROM (SELECT * FROM n LIMIT 100000)") == 100'000);
    CHECK(asked == 20);

    std::jthread stopper([&](const std::stop_token& token) {
        while (!token.stop_requested()) database.interrupt();
    });
    CHECK_THROWS_AS(database.integer(endless + " SELECT count(*) FROM n"), QueryInterrupted);
}

TEST_CASE("a function that gets no memory ends the statement") {
    Database database = Subject().open();
    database.add_functions(
        [](std::string_view, std::int64_t, const std::string&) -> MomentOnDevice { throw std::bad_alloc(); });
    // REGEXP asks this before each match.
    database.check_progress([]() -> bool { throw std::bad_alloc(); });
    for (const char* sql :
         {"SELECT 'a' REGEXP 'a'", "SELECT event_of(0, 'peak')", "SELECT * FROM live_at(0, 'peak')"}) {
        Query query = database.prepare(sql);
        CHECK_THROWS_WITH(query.next(), Contains("out of memory"));
    }
}

TEST_CASE("the sizes of values and statements are limited") {
    Database database = Subject().open();
    CHECK_THROWS_AS(database.integer("SELECT length(zeroblob(100000000))"), Error);
    CHECK_THROWS_AS(
        database.integer("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100)"
                         " SELECT length(group_concat(hex(zeroblob(100000)))) FROM n"),
        Error);
    CHECK_THROWS_AS(database.integer("SELECT '" + std::string(2'000'000, 'x') + "'"), Error);
    std::string deep = "1";
    for (int i = 0; i < 1000; ++i) deep = "(" + deep + "+1)";
    CHECK_THROWS_AS(database.integer("SELECT " + deep), UsageError);
    CHECK_THROWS_AS(database.integer("SELECT 'a' LIKE '" + std::string(5000, '%') + "'"), UsageError);
}

TEST_CASE("damaged pages and headers are input errors") {
    const std::string good = database_bytes(k_fixture_sql);
    const ScratchFolder folder;
    const auto outcome = [&](const std::string& bytes) -> std::string {
        write_file(folder / "elements.db", bytes);
        try {
            Database database = open_archive(folder.path()).open_database();
            Query query = database.prepare("SELECT * FROM allocs ORDER BY callstack");
            while (query.next()) {
            }
            return "read";
        } catch (const InputError& error) {
            return error.file().starts_with(folder.path()) ? error.message() : "unnamed";
        } catch (const UsageError&) {
            return "another schema";
        }
    };
    REQUIRE(outcome(good) == "read");
    CHECK_THAT(outcome("SQLite format 4" + good.substr(15)), Contains("not an SQLite database"));
    CHECK_THAT(outcome(good.substr(0, 1024) + std::string(good.size() - 1024, '\xff')),
               Contains("malformed"));
    CHECK_THAT(outcome(good.substr(0, 2048)), Contains("malformed"));
    CHECK_THAT(outcome(good.substr(0, 30)), Contains("SQLite"));
    for (std::size_t at = 0; at < good.size(); at += 7) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(~flipped[at]);
        CHECK(outcome(flipped) != "unnamed");
    }
}

TEST_CASE("sorters larger than the cache spill to temporary files") {
    Database database = Subject().open();
    // Sorts 24 MB with a cache of 4 MiB.
    Query query = database.prepare(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000)"
        " SELECT hex(zeroblob(100)) || (i * 7919 % 100000) AS t FROM n ORDER BY t LIMIT 1 OFFSET 99999");
    REQUIRE(query.next());
    CHECK(query.text(0).ends_with("99999"));
}
