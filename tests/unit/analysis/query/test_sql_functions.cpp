#include "analysis/query/query.hpp"
#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "unit/analysis/analysis_database.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

class FunctionSubject {
public:
    // The first cell of the first row, as text; NULL is "NULL".
    std::string answer(std::string_view sql) {
        archive::Query query = m_session.database().prepare(sql);
        if (!query.next()) return "no row";
        return query.is_null(0) ? "NULL" : std::string(query.text(0));
    }
    QuerySession& session() { return m_session; }

private:
    SqlArchive m_archive{k_analysis_sql};
    QuerySession m_session{m_archive.reader()};
};

// Numbers 1 to `count` in an order that is not sorted.
std::string shuffled(int count, std::string_view what) {
    return fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT {0}) "
        "SELECT {1} FROM (SELECT (i * 7919) % {0} + 1 AS x FROM n)",
        count, what);
}

}  // namespace

TEST_CASE("parse_bytes reads sizes as the options do") {
    FunctionSubject subject;
    CHECK(subject.answer("SELECT parse_bytes('1GiB')") == "1073741824");
    CHECK(subject.answer("SELECT parse_bytes('1.5 kB')") == "1500");
    CHECK(subject.answer("SELECT parse_bytes(4096)") == "4096");
    CHECK(subject.answer("SELECT parse_bytes(NULL)") == "NULL");
    CHECK(subject.answer("SELECT typeof(parse_bytes('20GB'))") == "integer");
    CHECK_THROWS_WITH(subject.answer("SELECT parse_bytes('20G')"), Contains("'20G' is not a valid size"));
    CHECK_THROWS_WITH(subject.answer("SELECT parse_bytes(-1)"), Contains("'-1' is not a valid size"));
}

TEST_CASE("median and percentile are exact") {
    FunctionSubject subject;
    CHECK(subject.answer("SELECT median(column1) FROM (VALUES (3), (1), (2))") == "2");
    CHECK(subject.answer("SELECT median(column1) FROM (VALUES (4), (1), (2), (3))") == "2.5");
    CHECK(subject.answer("SELECT typeof(median(column1)) FROM (VALUES (1), (3))") == "integer");
    CHECK(subject.answer("SELECT median(column1) FROM (VALUES (1.5), (3), (9))") == "3.0");
    CHECK(
        subject.answer("SELECT median(column1) FROM (VALUES (9223372036854775807), (9223372036854775805))") ==
        "9223372036854775806");
    CHECK(subject.answer(shuffled(101, "percentile(x, 95)")) == "96");
    CHECK(subject.answer(shuffled(10, "percentile(x, 0) || ' ' || percentile(x, 100)")) == "1 10");
    CHECK(subject.answer(shuffled(10, "percentile(x, 95.0)")) == "9.55");
}

TEST_CASE("median leaves NULL out and is NULL without a value") {
    FunctionSubject subject;
    CHECK(subject.answer("SELECT median(column1) FROM (VALUES (NULL), (7), (NULL))") == "7");
    CHECK(subject.answer("SELECT median(NULL)") == "NULL");
    CHECK(subject.answer("SELECT median(stack_id) FROM stacks WHERE 0") == "NULL");
    CHECK(subject.answer("SELECT count(*) FROM (SELECT median(depth) FROM stacks GROUP BY kind)") == "3");
    CHECK_THROWS_WITH(subject.answer("SELECT median('many')"), Contains("median: 'many' is not a number"));
}

TEST_CASE("The percentage of percentile is one number from 0 to 100") {
    FunctionSubject subject;
    CHECK_THROWS_WITH(subject.answer("SELECT percentile(1, 101)"), Contains("from 0 to 100"));
    CHECK_THROWS_WITH(subject.answer("SELECT percentile(1, 'x')"), Contains("from 0 to 100"));
    CHECK_THROWS_WITH(subject.answer("SELECT percentile(1, NULL)"), Contains("from 0 to 100"));
    CHECK_THROWS_WITH(subject.answer("SELECT percentile(column1, column1) FROM (VALUES (1), (2))"),
                      Contains("the same for all rows"));
}

TEST_CASE("median sorts more values than it holds in memory in temporary files") {
    FunctionSubject subject;
    CHECK(subject.answer(shuffled(300'001, "median(x)")) == "150001");
    CHECK(subject.answer(shuffled(300'000, "median(x)")) == "150000.5");
    CHECK(subject.answer(shuffled(300'000, "median(x + 0.5)")) == "150001.0");
    // 2^53 + 1 is not a double.
    CHECK(subject.answer(shuffled(300'001, "median(x + 9007199254740993)")) == "9007199254890994");
}

TEST_CASE("An ended query leaves nothing behind that median holds") {
    FunctionSubject subject;
    int asked = 0;
    subject.session().database().check_progress([&] { return ++asked < 20; });
    CHECK_THROWS_AS(subject.answer(shuffled(300'000, "median(x)")), archive::QueryInterrupted);
}

TEST_CASE("callstack leaves C++ frames out when it is asked for Python") {
    FunctionSubject subject;
    CHECK(subject.answer("SELECT callstack(1, 'python')") == "(1) /home/ada/job/model.py:7:forward");
    CHECK(subject.answer("SELECT callstack(3, 'python')") ==
          "(0) /opt/venv/lib/site-packages/peft/layer.py:30:adapt\n(1) D:\\job\\train.py:?:step");
    CHECK(subject.answer("SELECT callstack(4, 'python')").empty());
    CHECK(subject.answer("SELECT callstack(1, 'all')") == "x");
    CHECK(subject.answer("SELECT callstack(1, 'main', 'python')") == "(1) /home/ada/job/model.py:7:forward");
    CHECK(subject.answer("SELECT callstack(99, 'python')") == "NULL");
    CHECK_THROWS_WITH(subject.answer("SELECT callstack(1, 'main', 'c++')"), Contains("'python' or 'all'"));
}

TEST_CASE("No archive can be attached under a name that callstack reserves") {
    FunctionSubject subject;
    const ScratchFolder folder;
    write_file(folder / "b.zip", ArchiveFixture().zip());
    CHECK_THROWS_WITH(subject.session().attach("python", archive::open_archive(folder / "b.zip")),
                      Contains("reserved"));
}
