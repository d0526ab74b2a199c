#include "archive/sqlite/bulk_inserter.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <stdexcept>

#include "snapshot/event_log.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive::sqlite;

namespace {

std::string dump(Connection& connection, std::string_view sql) {
    Statement statement = connection.prepare(sql);
    std::string text;
    while (statement.step()) {
        for (int column = 0; column < statement.column_count(); ++column) {
            text += statement.is_null(column) ? "-" : statement.text(column);
            text += ' ';
        }
    }
    return text;
}

}  // namespace

TEST_CASE("values of every type are stored unchanged") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a, b, c, d)");
    BulkInserter into(connection, "t");
    into.insert(std::numeric_limits<std::int64_t>::min(), true, std::string_view("x\ny"), nullptr);
    into.insert(std::optional<std::int64_t>(7), std::optional<bool>(), snapshot::StackId(3),
                snapshot::StackId());
    into.insert(std::uint32_t{4294967295}, std::string_view(), std::optional<std::string_view>("z"), false);
    CHECK(dump(connection, "SELECT * FROM t") == "-9223372036854775808 1 x\ny - 7 - 3 - 4294967295  z 0 ");
    CHECK(dump(connection, "SELECT typeof(b) FROM t") == "integer null text ");
}

TEST_CASE("a row with the wrong number of values is a logic error") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a, b)");
    BulkInserter into(connection, "t");
    CHECK_THROWS_AS(into.insert(1), std::logic_error);
    CHECK_THROWS_AS(into.insert(1, 2, 3), std::logic_error);
}

TEST_CASE("a row whose key exists is refused or ignored, as chosen") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID");
    BulkInserter strict(connection, "t");
    strict.insert(1, 10);
    CHECK_THROWS_WITH(strict.insert(1, 11), Catch::Contains("UNIQUE"));
    BulkInserter lenient(connection, "t", BulkInserter::OnConflict::ignore);
    lenient.insert(1, 12);
    lenient.insert(2, 20);
    CHECK(dump(connection, "SELECT * FROM t") == "1 10 2 20 ");
}

TEST_CASE("any number of rows is inserted in order, with single rows before and after a batch") {
    const int count = GENERATE(0, 1, 63, 64, 65, 128, 200);
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b)");
    BulkInserter into(connection, "t");
    into.insert(-1, "before");
    into.insert_all(static_cast<std::size_t>(count), [&](std::size_t n) {
        into.insert(n, n % 3 == 0 ? std::nullopt : std::optional<std::size_t>(n * 2));
    });
    into.insert(count, "behind");
    CHECK(dump(connection, "SELECT a FROM t WHERE typeof(b) = 'text'") == fmt::format("-1 {} ", count));
    CHECK(dump(connection, "SELECT count(*) FROM t") == fmt::format("{} ", count + 2));
    const std::string_view wrong =
        "SELECT a FROM t WHERE typeof(b) != 'text' AND b IS NOT CASE a % 3 WHEN 0 THEN NULL ELSE a * 2 END";
    CHECK(dump(connection, wrong).empty());
}

TEST_CASE("one inserter inserts several batches") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(device, a, PRIMARY KEY(device, a)) WITHOUT ROWID");
    BulkInserter into(connection, "t");
    for (const int device : {0, 1}) {
        into.insert_all(100, [&](std::size_t n) { into.insert(device, n); });
    }
    CHECK(dump(connection, "SELECT device, count(*), sum(a) FROM t GROUP BY 1") == "0 100 4950 1 100 4950 ");
}

TEST_CASE("a row that fails is an error at any position of its batch") {
    const std::size_t bad = GENERATE(0U, 40U, 63U, 64U, 99U);
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a NOT NULL)");
    BulkInserter into(connection, "t");
    const auto insert_one = [&](std::size_t n) {
        into.insert(n == bad ? std::nullopt : std::optional<std::size_t>(n));
    };
    CHECK_THROWS_WITH(into.insert_all(100, insert_one), Catch::Contains("NOT NULL"));
}

TEST_CASE("a batch with a missing row is a logic error") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a)");
    BulkInserter into(connection, "t");
    const auto leave_one_out = [&](std::size_t n) {
        if (n != 5) into.insert(n);
    };
    CHECK_THROWS_AS(into.insert_all(64, leave_one_out), std::logic_error);
}

TEST_CASE("values that repeat or change their type from row to row are all stored") {
    // Each parameter of a batch is used again 64 rows later, so a period of 64 repeats values, and 65 does
    // not.
    const std::size_t period = GENERATE(1U, 2U, 64U, 65U, 97U);
    const std::array<std::string, 3> texts{"", "one", "two"};
    const auto insert_row = [&](BulkInserter& into, std::size_t n) {
        const std::size_t kind = n % period % 5;
        if (kind < 3) {
            into.insert(n, std::string_view(texts.at(kind)));
        } else {
            into.insert(n, kind == 3 ? std::nullopt : std::optional<std::size_t>(n % period));
        }
    };
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE many(n, value); CREATE TABLE single(n, value)");
    BulkInserter many(connection, "many");
    many.insert_all(400, [&](std::size_t n) { insert_row(many, n); });
    for (std::size_t n = 0; n < 400; ++n) {
        BulkInserter single(connection, "single");
        insert_row(single, n);
    }
    CHECK(dump(connection, "SELECT count(*) FROM many") == "400 ");
    CHECK(dump(connection,
               "SELECT n, value, typeof(value) FROM many EXCEPT SELECT n, value, typeof(value) "
               "FROM single")
              .empty());
}

TEST_CASE("a text at the address of an earlier one is stored, between single rows and between batches") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a)");
    BulkInserter into(connection, "t");
    std::string text = "a";
    for (const char letter : {'b', 'c'}) {
        into.insert(std::string_view(text));
        into.insert_all(64, [&](std::size_t) { into.insert(std::string_view(text)); });
        text[0] = letter;
    }
    CHECK(dump(connection, "SELECT a, count(*) FROM t GROUP BY 1") == "a 65 b 65 ");
}
