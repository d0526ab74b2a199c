#include "archive/tables/tables.hpp"

#include <cctype>
#include <set>
#include <string>

#include "archive/sqlite/connection.hpp"
#include "report/figures.hpp"
#include "support/archive_files.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using snapq::archive::tables::schema_sql;

namespace {

// A statement without comments and with single spaces, because the layout does not matter.
std::string without_layout(std::string_view sql) {
    std::string text;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql.substr(i, 2) == "--") i = std::min(sql.find('\n', i), sql.size() - 1);
        const bool space = std::isspace(static_cast<unsigned char>(sql[i])) != 0;
        if (!space) {
            text += sql[i];
        } else if (!text.empty() && std::string_view("(, ").find(text.back()) == std::string_view::npos) {
            text += ' ';
        }
    }
    return text;
}

sqlite::Connection in_memory(const std::string& sql) {
    sqlite::Connection connection(":memory:", sqlite::OpenMode::create);
    connection.execute(sql);
    return connection;
}

// "table allocations: CREATE TABLE …" for each table, index and view, in the order of creation.
std::string objects_of(sqlite::Connection& connection) {
    std::string objects;
    sqlite::Statement statement =
        connection.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_master");
    while (statement.step()) {
        std::string sql = without_layout(statement.text(2));
        std::erase(sql, ' ');  // "a, b" and "a,b" are the same
        objects += std::string(statement.text(0)) + " " + std::string(statement.text(1)) + ": " + sql + "\n";
    }
    return objects;
}

// The rows of the document's Markdown tables that describe `name`; members of the manifest share some names.
std::string rows_of(const std::string& document, std::string_view name) {
    const std::string beginning = "\n| `" + std::string(name) + "` |";
    std::string rows;
    for (std::size_t at = 0; (at = document.find(beginning, at)) != std::string::npos; ++at) {
        rows += document.substr(at, document.find('\n', at + 1) - at);
    }
    return rows;
}

}  // namespace

TEST_CASE("The schema is valid SQL with 28 tables and 5 views") {
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    sqlite::Statement count =
        connection.prepare("SELECT sum(type = 'table'), sum(type = 'view') FROM sqlite_master");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 28);
    CHECK(count.integer(1) == 5);
}

TEST_CASE("Every view can be queried") {
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    for (const char* view : {"allocs", "live_at_peak", "peak_stacks", "unfreed", "events"}) {
        INFO(view);
        CHECK_FALSE(connection.prepare(std::string("SELECT * FROM ") + view).step());
    }
}

TEST_CASE("The schema is the published one, statement by statement") {
    // If you change the schema on purpose, change schema_1.sql as well.
    sqlite::Connection published =
        in_memory(snapq::tests::read_file(SNAPQ_SOURCE_DIR "/tests/unit/archive/schema_1.sql"));
    sqlite::Connection ours = in_memory(std::string(schema_sql()));
    CHECK(objects_of(ours) == objects_of(published));
}

TEST_CASE("The lists of figures name the columns of their tables") {
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    const auto columns_of = [&](const std::string& table) {
        std::set<std::string> columns;
        sqlite::Statement names = connection.prepare("SELECT name FROM pragma_table_info('" + table + "')");
        while (names.step()) columns.emplace(names.text(0));
        return columns;
    };
    const auto set_of = [](const auto& names, std::set<std::string> keys) {
        for (const std::string_view name : names) keys.emplace(name);
        return keys;
    };
    CHECK(columns_of("devices") == set_of(report::names_of(report::k_device_columns), {"device", "kind"}));
    CHECK(columns_of("fragmentation") ==
          set_of(report::names_of(report::k_fragmentation_columns), {"device", "moment"}));
}

TEST_CASE("docs/archive-format.md describes every table, view and column") {
    const std::string document = snapq::tests::read_file(SNAPQ_SOURCE_DIR "/docs/archive-format.md");
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    sqlite::Statement columns = connection.prepare(
        "SELECT o.name, c.name FROM sqlite_master o, pragma_table_info(o.name) c "
        "WHERE o.type IN ('table', 'view')");
    std::size_t count = 0;
    for (; columns.step(); ++count) {
        INFO(columns.text(0) << "." << columns.text(1));
        const std::string rows = rows_of(document, columns.text(0));
        CHECK_FALSE(rows.empty());
        // A view described like this has the columns of table allocations.
        if (rows.find("the rows of `allocations`") == std::string::npos) {
            CHECK(rows.find("`" + std::string(columns.text(1)) + "`") != std::string::npos);
        }
    }
    CHECK(count > 200);
}
