#include "archive/sqlite/bulk_inserter.hpp"

#include <limits>
#include <stdexcept>

#include "snapq/snapshot/ids.hpp"
#include "snapq/support/error.hpp"
#include "support/catch.hpp"

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

TEST_CASE("values of every kind arrive as they are") {
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

TEST_CASE("a row of the wrong width is a mistake of the program") {
    Connection connection(":memory:", OpenMode::create);
    connection.execute("CREATE TABLE t(a, b)");
    BulkInserter into(connection, "t");
    CHECK_THROWS_AS(into.insert(1), std::logic_error);
    CHECK_THROWS_AS(into.insert(1, 2, 3), std::logic_error);
}

TEST_CASE("a key that is there already is refused or passed over, as asked") {
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
