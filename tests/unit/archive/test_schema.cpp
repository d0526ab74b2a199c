#include "archive/schema.hpp"

#include <cctype>
#include <filesystem>
#include <string>

#include "archive/sqlite/connection.hpp"
#include "support/archive_files.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

// A statement without its comments and with single spaces, so that layout does not count.
std::string bare(std::string_view sql) {
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
        std::string sql = bare(statement.text(2));
        std::erase(sql, ' ');  // "a, b" and "a,b" are the same
        objects += std::string(statement.text(0)) + " " + std::string(statement.text(1)) + ": " + sql + "\n";
    }
    return objects;
}

}  // namespace

TEST_CASE("the schema is valid SQL that SQLite accepts in strict terms") {
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    sqlite::Statement count =
        connection.prepare("SELECT sum(type = 'table'), sum(type = 'view') FROM sqlite_master");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 21);
    CHECK(count.integer(1) == 5);
}

TEST_CASE("every view can be asked") {
    sqlite::Connection connection = in_memory(std::string(schema_sql()));
    for (const char* view : {"allocs", "live_at_peak", "peak_stacks", "unfreed", "events"}) {
        INFO(view);
        CHECK_FALSE(connection.prepare(std::string("SELECT * FROM ") + view).step());
    }
}

TEST_CASE("the schema is the contract's, statement by statement") {
    const std::filesystem::path contract = SNAPQ_SOURCE_DIR "/../shared/reference/schema.sql";
    if (!std::filesystem::exists(contract)) {
        WARN("the contract is not here: " << contract);
        return;
    }
    sqlite::Connection expected = in_memory(snapq::tests::read_file(contract));
    sqlite::Connection ours = in_memory(std::string(schema_sql()));
    CHECK(objects_of(ours) == objects_of(expected));
}
