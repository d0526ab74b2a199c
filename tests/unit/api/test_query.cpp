#include <chrono>
#include <concepts>
#include <iterator>
#include <ranges>
#include <thread>
#include <utility>

#include "sample.hpp"
#include "support/catch.hpp"

namespace snapq::tests {
namespace {

using namespace std::chrono_literals;

static_assert(std::input_iterator<Rows::Iterator>);
static_assert(std::ranges::input_range<Rows>);
static_assert(!std::copyable<Session> && std::movable<Session>);
static_assert(!std::copyable<Rows> && std::movable<Rows>);

constexpr const char* k_endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

// A session whose archive is gone.
Session sample_session() {
    const Archive archive(sample_archive());
    return Session(archive);
}

std::int64_t integer_of(Session& session, std::string_view sql, const Parameters& parameters = {}) {
    Rows rows = session.query(sql, parameters);
    REQUIRE(rows.next());
    return rows.row()[0].integer();
}

TEST_CASE("rows have typed cells", "[threads]") {
    Session session = sample_session();
    Rows rows =
        session.query("SELECT 7 AS whole, 0.5 AS part, 'text' AS name, x'00FF' AS raw, NULL AS absent");
    CHECK(rows.columns() == std::vector<std::string>{"whole", "part", "name", "raw", "absent"});
    REQUIRE(rows.next());
    const Row& row = rows.row();
    REQUIRE(row.size() == 5);
    CHECK(row["whole"].integer() == 7);
    CHECK(row["whole"].real() == 7.0);
    CHECK(row["part"].real() == 0.5);
    CHECK(row["name"].text() == "text");
    CHECK(row["name"].bytes() == "text");
    CHECK(row[3].type() == CellType::blob);
    CHECK(row[3].bytes() == std::string_view("\0\xff", 2));
    CHECK(row["absent"].is_null());
    CHECK(std::holds_alternative<std::int64_t>(row[0].value()));
    CHECK_FALSE(rows.next());
    CHECK_FALSE(rows.next());
    CHECK_FALSE(rows.truncated());
}

TEST_CASE("a cell of another type and a missing column are UsageErrors", "[threads]") {
    Session session = sample_session();
    Rows rows = session.query("SELECT 'x' AS name, NULL AS absent, 0.5 AS part");
    REQUIRE(rows.next());
    const Row& row = rows.row();
    CHECK_THROWS_AS(row["name"].integer(), UsageError);
    CHECK_THROWS_AS(row["name"].real(), UsageError);
    CHECK_THROWS_AS(row["absent"].text(), UsageError);
    CHECK_THROWS_AS(row["absent"].bytes(), UsageError);
    CHECK_THROWS_AS(row["part"].integer(), UsageError);
    CHECK_THROWS_AS(row["other"], UsageError);
    CHECK_THROWS_AS(row[3], UsageError);
}

TEST_CASE("rows are a range", "[threads]") {
    Session session = sample_session();
    std::int64_t sum = 0;
    Rows rows = session.query("SELECT value FROM json_each('[1, 2, 3]')");
    for (const Row& row : rows) sum += row[0].integer();
    CHECK(sum == 6);
}

TEST_CASE("parameters are bound by name", "[threads]") {
    Session session = sample_session();
    CHECK(integer_of(session, "SELECT :a + :b", {{"a", 1}, {"b", std::int64_t{2}}}) == 3);
    CHECK(integer_of(session, "SELECT length(:text) + (:part = 0.5)", {{"text", "abc"}, {"part", 0.5}}) == 4);
    CHECK_THROWS_AS(session.query("SELECT :a"), UsageError);
    CHECK_THROWS_AS(session.query("SELECT 1", {{"a", 1}}), UsageError);
}

TEST_CASE("wrong SQL is a SqlError with its position and a hint", "[threads]") {
    Session session = sample_session();
    try {
        static_cast<void>(session.query("SELECT *  FROM absent"));
        FAIL("asked a table that is missing");
    } catch (const SqlError& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK_THAT(error.hint(), Catch::Contains("allocations"));
    }
    try {
        static_cast<void>(session.query("SELECT wrong wrong wrong"));
        FAIL("compiled nonsense");
    } catch (const SqlError& error) {
        CHECK(error.position() == 19);
    }
}

TEST_CASE("a session takes exactly one statement, and it only reads", "[threads]") {
    Session session = sample_session();
    CHECK_THROWS_AS(session.query(""), UsageError);
    CHECK_THROWS_AS(session.query("-- nothing"), UsageError);
    CHECK_THROWS_AS(session.query("SELECT 1; SELECT 2"), UsageError);
    CHECK(integer_of(session, "SELECT 1; -- one") == 1);
    CHECK_THROWS_AS(session.query("DELETE FROM meta"), UsageError);
}

TEST_CASE("rows beyond the limit are not read", "[threads]") {
    Session session = sample_session();
    QueryLimits limits;
    limits.max_rows = 2;
    Rows rows = session.query("SELECT value FROM json_each('[1, 2, 3]')", {}, limits);
    CHECK(std::ranges::distance(rows.begin(), rows.end()) == 2);
    CHECK(rows.truncated());
    Rows exact = session.query("SELECT value FROM json_each('[1, 2]')", {}, limits);
    CHECK(std::ranges::distance(exact.begin(), exact.end()) == 2);
    CHECK_FALSE(exact.truncated());
}

TEST_CASE("a query ends at its time limit, and the session goes on", "[threads]") {
    Session session = sample_session();
    QueryLimits limits;
    limits.timeout = 50ms;
    Rows rows = session.query(k_endless, {}, limits);
    try {
        static_cast<void>(rows.next());
        FAIL("an endless query ended");
    } catch (const Interrupted& error) {
        CHECK(error.cause() == Interrupted::Cause::timeout);
    }
    CHECK_FALSE(rows.next());
    CHECK(integer_of(session, "SELECT 1") == 1);
}

TEST_CASE("the longest time limit is none", "[threads]") {
    Session session = sample_session();
    QueryLimits limits;
    limits.timeout = std::chrono::milliseconds::max();
    CHECK(session.query("SELECT 1", {}, limits).next());
}

TEST_CASE("another thread stops a query", "[threads]") {
    Session session = sample_session();
    std::stop_source stop;
    QueryLimits limits;
    limits.stop = stop.get_token();
    Rows rows = session.query(k_endless, {}, limits);
    const std::jthread other([&] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
    });
    try {
        static_cast<void>(rows.next());
        FAIL("an endless query ended");
    } catch (const Interrupted& error) {
        CHECK(error.cause() == Interrupted::Cause::stop_requested);
    }
    CHECK_THROWS_AS(session.query("SELECT 1", {}, limits), Interrupted);
    CHECK(integer_of(session, "SELECT 1") == 1);
}

TEST_CASE("limits belong to one query, not to the session", "[threads]") {
    Session session = sample_session();
    std::stop_source stop;
    QueryLimits limits;
    limits.stop = stop.get_token();
    Rows stopped = session.query("SELECT value FROM json_each('[1, 2]')", {}, limits);
    Rows free = session.query("SELECT value FROM json_each('[1, 2]')");
    CHECK(stopped.next());
    CHECK(free.next());
    stop.request_stop();
    CHECK_THROWS_AS(stopped.next(), Interrupted);
    CHECK(free.next());
}

TEST_CASE("rows keep what they need of their session", "[threads]") {
    Rows rows = [] {
        Session session = sample_session();
        return session.query("SELECT count(*) FROM allocations");
    }();
    REQUIRE(rows.next());
    CHECK(rows.row()[0].integer() > 0);
}

TEST_CASE("moved-from sessions and rows refuse questions", "[threads]") {
    Session session = sample_session();
    Session other(std::move(session));
    Rows rows = other.query("SELECT 1");
    Rows kept(std::move(rows));
    CHECK(kept.next());
    // NOLINTBEGIN(bugprone-use-after-move): this is what is tested
    CHECK_THROWS_AS(session.query("SELECT 1"), UsageError);
    CHECK_THROWS_AS(session.named_query("peak"), UsageError);
    CHECK_THROWS_AS(rows.next(), UsageError);
    CHECK_THROWS_AS(rows.columns(), UsageError);
    // NOLINTEND(bugprone-use-after-move)
    session = std::move(other);
    CHECK(integer_of(session, "SELECT 1") == 1);
}

TEST_CASE("attached archives are read under their names", "[threads]") {
    Session session = sample_session();
    session.attach("other", Archive(sample_archive()));
    CHECK(integer_of(
              session,
              "SELECT (SELECT count(*) FROM other.allocations) = (SELECT count(*) FROM allocations)") == 1);
    CHECK_THROWS_AS(session.attach("other", Archive(sample_archive())), UsageError);
}

TEST_CASE("snapq's functions are there", "[threads]") {
    Session session = sample_session();
    Rows rows = session.query("SELECT format_bytes(1048576)");
    REQUIRE(rows.next());
    CHECK(rows.row()[0].text() == "1.00 MiB");
    CHECK(integer_of(session, "SELECT count(*) FROM alive_at(0, 'peak')") > 0);
    Rows wrong = session.query("SELECT count(*) FROM alive_at(0, 'lunch')");
    CHECK_THROWS_AS(wrong.next(), UsageError);
}

TEST_CASE("every named query answers about the sample", "[threads]") {
    Session session = sample_session();
    REQUIRE_FALSE(named_queries().empty());
    for (const NamedQuery& query : named_queries()) {
        INFO(query.name);
        CHECK_FALSE(query.description.empty());
        QueryLimits limits;
        limits.max_rows = 5;
        Rows rows = session.named_query(query.name, {}, limits);
        while (rows.next()) CHECK(rows.row().size() == rows.columns().size());
    }
    CHECK_THROWS_AS(session.named_query("no such query"), UsageError);
}

TEST_CASE("two threads ask two archives", "[threads]") {
    const auto count = [](std::int64_t& allocations) {
        const Archive archive(sample_archive());
        for (int i = 0; i < 20; ++i) {
            Session session(archive);
            Rows rows = session.query("SELECT count(*) FROM allocations");
            if (rows.next()) allocations = rows.row()[0].integer();
        }
    };
    static_cast<void>(sample_archive());
    std::int64_t first = -1;
    std::int64_t second = -2;
    {
        const std::jthread one(count, std::ref(first));
        const std::jthread two(count, std::ref(second));
    }
    CHECK(first > 0);
    CHECK(first == second);
}

TEST_CASE("two threads share one archive", "[threads]") {
    const Archive archive(sample_archive());
    std::string first;
    std::string second;
    const auto ask = [&](std::string& text) {
        for (int i = 0; i < 10; ++i)
            text = summarize(archive).to_json() + std::to_string(archive.devices().size());
    };
    {
        const std::jthread one(ask, std::ref(first));
        const std::jthread two(ask, std::ref(second));
    }
    CHECK(first == second);
}

}  // namespace
}  // namespace snapq::tests
