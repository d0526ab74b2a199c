#include "analysis/query/query.hpp"

#include "analysis/query/named_queries.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

using Value = decltype(Parameter::value);

// Opens the fixture's archive.
class QuerySubject {
public:
    QuerySubject() : m_archive(opened()), session(m_archive) {}

    // The first cell of the first row, as text.
    std::string answer(std::string_view sql, std::vector<Parameter> parameters = {}) {
        auto results = session.prepare(sql, parameters);
        if (!results.front().next()) return "no row";
        const report::Cell cell = results.front().cells()[0];
        if (report::is_null(cell)) return "NULL";
        if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
        if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
        return std::string(std::get<std::string_view>(cell));
    }

private:
    archive::ArchiveReader opened() {
        write_file(m_folder / "a.zip", ArchiveFixture().zip());
        return archive::open_archive(m_folder / "a.zip");
    }
    ScratchFolder m_folder;
    archive::ArchiveReader m_archive;

public:
    QuerySession session;
};

}  // namespace

TEST_CASE("A parameter is NULL, an integer, a real number, else text, quotes make it text") {
    const auto value = [](const char* text) { return parse_parameter(text).value; };
    CHECK(value("a=7") == Value(std::int64_t{7}));
    CHECK(value("a=-7") == Value(std::int64_t{-7}));
    CHECK(value("a=7.5") == Value(7.5));
    CHECK(value("a=1e3") == Value(1000.0));
    CHECK(value("a=99999999999999999999") == Value(1e20));
    CHECK(value("a=7 ") == Value(std::string("7 ")));
    CHECK(value("a=0x10") == Value(std::string("0x10")));
    CHECK(value("a=inf") == Value(std::string("inf")));
    CHECK(value("a=nan") == Value(std::string("nan")));
    CHECK(value("a='7'") == Value(std::string("7")));
    CHECK(value("a=\"7\"") == Value(std::string("7")));
    CHECK(value("a='") == Value(std::string("'")));
    CHECK(value("a=") == Value(std::string()));
    CHECK(value("a=NULL") == Value());
    CHECK(value("a=null") == Value(std::string("null")));
    CHECK(value("a='NULL'") == Value(std::string("NULL")));
    CHECK(value("a=b=c") == Value(std::string("b=c")));
    CHECK(parse_parameter(":a=1").name == "a");
    CHECK_THROWS_AS(parse_parameter("a"), UsageError);
    CHECK_THROWS_AS(parse_parameter("=1"), UsageError);
}

TEST_CASE("Rows have the columns and types of their statement") {
    QuerySubject subject;
    auto results = subject.session.prepare("SELECT 1 AS a, 2.5, 'x', x'ff', NULL; SELECT 2 AS b -- end");
    REQUIRE(results.size() == 2);
    CHECK(results[0].columns()[0] == "a");
    REQUIRE(results[0].next());
    CHECK(results[0].cells()[0] == report::Cell(std::int64_t{1}));
    CHECK(results[0].cells()[1] == report::Cell(2.5));
    CHECK(std::get<report::Blob>(results[0].cells()[3]).bytes == "\xff");
    CHECK(report::is_null(results[0].cells()[4]));
    CHECK_FALSE(results[0].next());
    CHECK(results[1].columns() == std::vector<std::string>{"b"});
}

TEST_CASE("The offset of an error counts from the beginning of all statements") {
    QuerySubject subject;
    try {
        static_cast<void>(subject.session.prepare("SELECT 1; SELECT nowhere"));
        FAIL("accepted");
    } catch (const archive::StatementError& error) {
        CHECK(error.offset() == 17);
        CHECK_THAT(error.what(), Contains("no such column: nowhere"));
    }
    CHECK_THROWS_AS(subject.session.prepare("  -- nothing"), UsageError);
}

TEST_CASE("Parameters and SQL must fit together") {
    QuerySubject subject;
    CHECK(subject.answer("SELECT :a || $b || @c", {{"a", std::int64_t{1}}, {"b", "2"}, {"c", 3.5}}) ==
          "123.5");
    CHECK_THROWS_WITH(subject.session.prepare("SELECT :a"), Contains(":a has no value"));
    CHECK_THROWS_WITH(subject.session.prepare("SELECT ?"), Contains("without a name"));
    const std::vector<Parameter> other{{"b", std::int64_t{1}}};
    CHECK_THROWS_WITH(subject.session.prepare("SELECT :a", other), Contains("no parameter :b"));
    auto results = subject.session.prepare("SELECT :a", {}, MissingParameters::are_null);
    REQUIRE(results[0].next());
    CHECK(report::is_null(results[0].cells()[0]));
}

TEST_CASE("address prints the unsigned value of an integer") {
    QuerySubject subject;
    CHECK(subject.answer("SELECT address(-1)") == "0xffffffffffffffff");
    CHECK(subject.answer("SELECT address(-9223372036854775808)") == "0x8000000000000000");
    CHECK(subject.answer("SELECT address(4096)") == "0x1000");
    CHECK(subject.answer("SELECT address(NULL)") == "NULL");
    CHECK(subject.answer("SELECT address('x')") == "NULL");
}

TEST_CASE("device_name names the host and keeps everything else") {
    QuerySubject subject;
    CHECK(subject.answer("SELECT device_name(-1)") == "host");
    CHECK(subject.answer("SELECT typeof(device_name(3))") == "integer");
    CHECK(subject.answer("SELECT device_name(NULL)") == "NULL");
    CHECK(subject.answer("SELECT device_name('x')") == "x");
}

TEST_CASE("format_bytes returns NULL for everything but numbers") {
    QuerySubject subject;
    CHECK(subject.answer("SELECT format_bytes(1536)") == "1.50 KiB");
    CHECK(subject.answer("SELECT format_bytes(1536.4)") == "1.50 KiB");
    CHECK(subject.answer("SELECT format_bytes('1024')") == "1.00 KiB");
    CHECK(subject.answer("SELECT format_bytes('x')") == "NULL");
    CHECK(subject.answer("SELECT format_bytes(NULL)") == "NULL");
    CHECK(subject.answer("SELECT format_bytes(1e300)") == "NULL");
    CHECK(subject.answer("SELECT format_bytes(-9223372036854775808) IS NOT NULL") == "1");
}

TEST_CASE("REGEXP finds a match anywhere in the text") {
    QuerySubject subject;
    CHECK(subject.answer("SELECT 'model.py:7' REGEXP '\\.py:\\d+'") == "1");
    CHECK(subject.answer("SELECT 'model.py:7' REGEXP '^py'") == "0");
    CHECK(subject.answer("SELECT 'a' || char(10) || 'b' REGEXP '(?m)^b$'") == "1");
    CHECK(subject.answer("SELECT 'a' || char(0) || 'b' REGEXP 'b'") == "1");
    CHECK(subject.answer("SELECT 17 REGEXP '^1'") == "1");
    CHECK(subject.answer("SELECT NULL REGEXP 'a'") == "NULL");
    CHECK(subject.answer("SELECT count(*) FROM stacks WHERE callstack REGEXP '[ab]\\.py'") == "2");
    CHECK(subject.answer("SELECT group_concat(callstack REGEXP substr(callstack, 5, 1)) FROM stacks") ==
          "1,1");
    CHECK_THROWS_WITH(subject.answer("SELECT 'a' REGEXP '('"), Contains("missing )"));
    CHECK_THROWS_WITH(
        subject.answer("SELECT replace(hex(zeroblob(4000000)), '0', 'a') REGEXP '(a{1,100}){1,9}b'"),
        Contains("too long"));
}

TEST_CASE("A time limit also ends a query with many regular expressions") {
    QuerySubject subject;
    int asked = 0;
    subject.session.database().check_progress([&] { return ++asked < 50; });
    CHECK_THROWS_AS(
        subject.answer("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 500) "
                       "SELECT count(*) FROM c WHERE x REGEXP 'z'"),
        archive::QueryInterrupted);
    CHECK(asked == 50);
}

TEST_CASE("callstack returns the text of a stack, also from an attached archive") {
    QuerySubject subject;
    const ScratchFolder folder;
    ArchiveFixture other;
    other.database = database_bytes(k_fixture_sql + "UPDATE stacks SET callstack = 'other'");
    write_file(folder / "b.zip", other.zip());
    subject.session.attach("b", archive::open_archive(folder / "b.zip"));
    CHECK(subject.answer("SELECT callstack(1)") == "(0) b.py:2:g");
    CHECK(subject.answer("SELECT callstack(1, 'b')") == "other");
    CHECK(subject.answer("SELECT group_concat(callstack(stack_id)) FROM stacks") ==
          "(0) a.py:1:f,(0) b.py:2:g");
    CHECK(subject.answer("SELECT callstack(99)") == "NULL");
    CHECK(subject.answer("SELECT callstack(NULL)") == "NULL");
    CHECK_THROWS_AS(subject.answer("SELECT callstack(1, 'nowhere')"), UsageError);
}

TEST_CASE("An archive cannot be attached under a name that is taken") {
    QuerySubject subject;
    const ScratchFolder folder;
    write_file(folder / "b.zip", ArchiveFixture().zip());
    const archive::ArchiveReader other = archive::open_archive(folder / "b.zip");
    subject.session.attach("b", other);
    CHECK_THROWS_AS(subject.session.attach("b", other), UsageError);
}

TEST_CASE("Every built-in query has a description and is found by its name") {
    REQUIRE(named_queries().size() >= 16);
    for (const NamedQuery& query : named_queries()) {
        INFO(query.name);
        CHECK(query.description().size() > 20);
        CHECK(query.sql.starts_with("-- "));
        CHECK(&named_query(query.name) == &query);
    }
    for (const char* name :
         {"top-sites", "top-stacks", "largest", "longest-lived", "churn", "growth", "unfreed", "by-op",
          "by-stream", "by-pool", "by-size", "segments", "pinners", "ooms", "spans", "timeline"}) {
        CHECK(named_query(name).name == name);
    }
    try {
        static_cast<void>(named_query("top-site"));
        FAIL("found");
    } catch (const Error& error) {
        CHECK_THAT(error.hint(), Contains("top-sites"));
    }
}

// SQLite asks for conditions in their order. An event takes a query of its own, and there may be a thousand
// devices.
TEST_CASE("A built-in query for one device does not look for the events of the others") {
    for (const NamedQuery& query : named_queries()) {
        for (const std::string_view sql : {query.sql, query.at_sql}) {
            INFO(sql);
            const std::size_t event = sql.find("event_of(");
            if (event != std::string_view::npos)
                CHECK(sql.substr(0, event).find(":device") != std::string_view::npos);
        }
    }
}

TEST_CASE("The parameters of a built-in query are listed, and a moment chooses its SQL") {
    const NamedQuery& query = named_query("by-op");
    CHECK(query.parameters() == "at, device, top");
    CHECK(named_query("settings").parameters().empty());
    CHECK(named_query("around").parameters() == "after, at, before, device, event");
    CHECK(named_statement(query, {}).sql == query.sql);
    const NamedStatement at = named_statement(query, {{"at", std::string("oom")}, {"top", std::int64_t{3}}});
    CHECK(at.sql == query.at_sql);
    CHECK(std::get<std::string>(at.parameters[0].value) == "oom:0");
    const NamedStatement event = named_statement(query, {{"at", std::int64_t{7}}});
    CHECK(std::get<std::string>(event.parameters[0].value) == "event:7");
    CHECK_THROWS_AS(named_statement(query, {{"at", std::string("bogus")}}), UsageError);
}

TEST_CASE("An unknown column is answered with the columns of the tables in the statement") {
    QuerySubject subject;
    const auto hint = [&](std::string_view sql) {
        try {
            static_cast<void>(subject.session.prepare(sql));
        } catch (const archive::StatementError& error) {
            return error.hint();
        }
        return std::string("accepted");
    };
    CHECK_THAT(hint("SELECT callstak FROM stacks"),
               Contains("did you mean callstack?") && Contains("stacks has stack_id, callstack"));
    CHECK_THAT(hint("SELECT s.nonsense FROM Stacks AS s -- meta"),
               Contains("stacks has ") && !Contains("meta has"));
    CHECK_THAT(hint("SELECT x FROM stacks WHERE 'meta' = 1"), !Contains("meta has"));
    CHECK_THAT(hint("SELECT x, 1 AS \"not meta\" FROM stacks"), !Contains("meta has"));
    CHECK_THAT(hint("SELECT x FROM [stacks], `meta`"), Contains("stacks has ") && Contains("meta has "));
    CHECK_THAT(hint("SELECT nonsense FROM alive_at(0, 'peak')"), Contains("alive_at has device, idx"));
    CHECK(hint("SELECT nonsense").empty());
    CHECK_THAT(hint("SELECT 1 FROM nowhere"), Contains("the archive has "));
}
