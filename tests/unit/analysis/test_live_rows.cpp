#include "analysis/live_rows.hpp"

#include "support/catch.hpp"
#include "unit/analysis/analysis_database.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;

namespace {

const std::string k_rows = R"(
    INSERT INTO allocations VALUES(0, 0, 100, 0, '0,0', 'preexisting_kept', 0, NULL, NULL),
      (0, 1, 200, 0, '0,0', 'trace', 1, 0, 5), (0, 2, 300, 7, NULL, 'trace', 2, 1, NULL),
      (0, 3, 400, 9, '1,0', 'trace', 4, 3, 4), (0, 4, 50, NULL, '0,0', 'preexisting_freed', 1, NULL, 2),
      (1, 0, 999, 0, '0,0', 'trace', 1, 0, NULL);
    INSERT INTO live_stacks VALUES(0, 'peak', 1, 'trace', 200, 1), (0, 'peak', 2, 'trace', 300, 1),
      (0, 'peak', 0, 'preexisting_kept', 100, 1), (0, 'peak', 1, 'preexisting_freed', 50, 1),
      (0, 'end', 2, 'trace', 7, 1), (1, 'peak', 1, 'trace', 999, 1);
    INSERT INTO stack_totals VALUES(0, 1, 'trace', 200), (0, 2, 'trace', 310), (0, 0, 'preexisting_kept', 100),
      (0, 4, 'trace', 400), (1, 1, 'trace', 999);
    INSERT INTO stream_totals VALUES(0, 9, '1,0', 400), (0, 0, '0,0', 300), (0, 7, NULL, 300);
)";

report::LiveRows rows_at(const LiveAt& at, const Grouping& grouping) {
    const AnalysisDatabase subject(k_rows);
    archive::Database database = subject.open();
    return live_rows(database, 0, at, grouping);
}

using Plain = std::vector<std::tuple<UntrustedText, std::int64_t, std::int64_t>>;

Plain plain(const report::LiveRows& rows) {
    Plain result;
    for (const report::LiveRow& row : rows.rows) result.emplace_back(row.key, row.bytes, row.count);
    return result;
}

const std::string k_site = "/home/ada/job/model.py:7 forward";

}  // namespace

TEST_CASE("rows of a prepared moment are grouped by key, most bytes first") {
    const report::LiveRows rows = rows_at({2, "peak"}, {});
    CHECK(plain(rows) == Plain{{k_site, 550, 3}, {"[before recording]", 100, 1}});
    CHECK(rows.total_bytes == 650);
    CHECK(rows.total_count == 4);
    // The stack and the operator of a row are those of its largest stack.
    CHECK(rows.rows[0].stack_id == 2);
    CHECK(rows.rows[0].op == "add");
}

TEST_CASE("the allocations give the same rows as a prepared moment") {
    CHECK(plain(rows_at({1, ""}, {})) == plain(rows_at({2, "peak"}, {})));
    CHECK(plain(rows_at({-1, ""}, {})) == Plain{{"[before recording]", 100, 1}, {k_site, 50, 1}});
    CHECK(plain(rows_at({3, ""}, {})) ==
          Plain{{k_site, 500, 2}, {"[backward] MmBackward0", 400, 1}, {"[before recording]", 100, 1}});
}

TEST_CASE("rows by stream, pool and size are read from the allocations") {
    CHECK(plain(rows_at({1, "peak"}, {.by = KeyKind::stream})) ==
          Plain{{"0", 300, 2}, {"7", 300, 1}, {"[unknown]", 50, 1}});
    CHECK(plain(rows_at({3, ""}, {.by = KeyKind::pool})) ==
          Plain{{"1,0", 400, 1}, {"0,0", 300, 2}, {"[unknown]", 300, 1}});
    CHECK(plain(rows_at({1, "peak"}, {.by = KeyKind::size})) ==
          Plain{{"300", 300, 1}, {"200", 200, 1}, {"100", 100, 1}, {"50", 50, 1}});
}

TEST_CASE("without a trace, no memory is older than the recording") {
    const auto older_bytes = [](const LiveAt& at, KeyKind by) {
        std::int64_t bytes = 0;
        for (const report::LiveRow& row : rows_at(at, {.by = by}).rows) bytes += row.older.bytes;
        return bytes;
    };
    for (const KeyKind by : {KeyKind::site, KeyKind::pool}) {
        for (const std::string prepared : {"peak", ""}) {
            CHECK(older_bytes({1, prepared}, by) == 150);
            CHECK(older_bytes({1, prepared, false}, by) == 0);
        }
    }
}

TEST_CASE("streams are numbered in the order of their table") {
    const report::LiveRows rows = rows_at({3, ""}, {.by = KeyKind::stream});
    REQUIRE(rows.rows.size() == 3);
    CHECK(rows.rows[0].label == "stream 1 (0x9)");
    CHECK(rows.rows[2].label == "stream 2 (0x7)");
}

TEST_CASE("maxima add the keys that were live at other moments") {
    const report::LiveRows rows = rows_at({2, "peak"}, {.with_maxima = true});
    REQUIRE(rows.rows.size() == 3);
    CHECK(rows.rows[0].max_bytes == 510);
    CHECK_FALSE(rows.rows[0].max_exact);
    CHECK(rows.rows[1].max_bytes == 100);
    CHECK(rows.rows[1].max_exact);
    CHECK(rows.rows[2].key == "[backward] MmBackward0");
    CHECK(rows.rows[2].bytes == 0);
    CHECK(rows.rows[2].max_bytes == 400);
    CHECK(rows.total_bytes == 650);
}

TEST_CASE("maxima of streams are read from stream_totals, and sizes have no maxima") {
    const report::LiveRows streams = rows_at({1, ""}, {.by = KeyKind::stream, .with_maxima = true});
    CHECK(streams.rows.size() == 4);
    CHECK(streams.rows[0].max_bytes == 300);
    for (const report::LiveRow& row : rows_at({1, ""}, {.by = KeyKind::size, .with_maxima = true}).rows) {
        CHECK_FALSE(row.max_bytes);
    }
}

TEST_CASE("sums that do not fit into 64 bits end at the largest number") {
    const AnalysisDatabase subject(
        "INSERT INTO live_stacks VALUES(0, 'peak', 1, 'trace', 9223372036854775807, 1), (0, 'peak', 2, "
        "'trace', 5, 1)");
    archive::Database database = subject.open();
    CHECK(live_rows(database, 0, {0, "peak"}, {}).total_bytes == std::numeric_limits<std::int64_t>::max());
}
