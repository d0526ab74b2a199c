#include "commands/options/query_options.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::commands;
using Catch::Matchers::Contains;

namespace {

QueryOptions parsed(std::vector<std::string> arguments) {
    QueryOptions options;
    CLI::App app;
    add_query_options(app, options);
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    check_query_options(options);
    return options;
}

void refused(const std::vector<std::string>& arguments, const std::string& reason) {
    INFO(reason);
    CHECK_THROWS_WITH(parsed(arguments), Contains(reason));
}

}  // namespace

TEST_CASE("An archive and SQL") {
    const QueryOptions options =
        parsed({"a.zip", "SELECT 1", "--format", "csv", "--null", "-", "--no-header"});
    CHECK(options.archive == "a.zip");
    CHECK(options.sql == "SELECT 1");
    CHECK(options.rows.format == render::RowFormat::csv);
    CHECK(options.rows.null_text == "-");
    CHECK_FALSE(options.rows.header);
    CHECK_FALSE(options.lacks_query());
    CHECK(parsed({"a.zip"}).lacks_query());
}

TEST_CASE("options --param and --attach take one value each, so SQL may follow") {
    const QueryOptions options = parsed(
        {"--attach", "b=b.zip", "--attach", "c=c=d.zip", "--param", "x=1", "--param", "y=2", "SELECT 1"});
    REQUIRE(options.attached.size() == 2);
    CHECK(options.attached[1].name == "c");
    CHECK(options.attached[1].path == "c=d.zip");
    CHECK(options.parameters.size() == 2);
    CHECK(options.sql == "SELECT 1");
    CHECK(options.archive.empty());
}

TEST_CASE("the option --each is a flag before SQL") {
    const QueryOptions options = parsed({"ranks", "--each", "SELECT 1"});
    CHECK(options.each);
    CHECK(options.archive == "ranks");
    CHECK(options.sql == "SELECT 1");
}

TEST_CASE("leading zeros are ignored") {
    CHECK(parsed({"a.zip", "SELECT 1", "--max-rows", "010"}).limit.rows == 10);
    CHECK(parsed({"a.zip", "SELECT 1", "--max-rows", "08"}).limit.rows == 8);
}

TEST_CASE("Contradicting options are rejected") {
    refused({}, "ARCHIVE is missing");
    refused({"a.zip", "SELECT 1", "-f", "x.sql"}, "SQL and --file cannot");
    refused({"a.zip", "SELECT 1", "--named", "devices"}, "--named and SQL cannot");
    refused({"a.zip", "-f", "x.sql", "--named", "devices"}, "--named and SQL cannot");
    refused({"a.zip", "--named", "nope"}, "no built-in query 'nope'");
    refused({"a.zip", "--format", "xml", "SELECT 1"}, "--format 'xml'");
    refused({"a.zip", "--each"}, "--each needs");
    refused({"--attach", "a=a.zip", "--each", "SELECT 1"}, "cannot be combined");
    refused({"--attach", "a=a.zip", "b.zip", "SELECT 1"}, "only positional argument is SQL");
    refused({"--attach", "a.zip", "SELECT 1"}, "NAME=ARCHIVE");
    refused({"--attach", "a=", "SELECT 1"}, "NAME=ARCHIVE");
    refused({"--attach", "main=a.zip", "SELECT 1"}, "the name main");
    refused({"--attach", "a=x.zip", "--attach", "a=y.zip", "SELECT 1"}, "is already used");
    refused({"a.zip", "--param", "x", "SELECT 1"}, "NAME=VALUE");
    refused({"a.zip", "--timeout", "0", "SELECT 1"}, "above 0");
    refused({"a.zip", "--timeout", "-1", "SELECT 1"}, "above 0");
    refused({"a.zip", "--timeout", "x", "SELECT 1"}, "above 0");
    refused({"a.zip", "--width", "-1", "SELECT 1"}, "--width: expected a number from 0, got '-1'");
    refused({"a.zip", "--max-rows", "x", "SELECT 1"}, "--max-rows: expected a number from 0, got 'x'");
    refused({"-"}, "standard input");
    refused({"-", "-"}, "standard input");
}
