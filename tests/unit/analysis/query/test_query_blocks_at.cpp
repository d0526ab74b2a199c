#include "analysis/query/query.hpp"
#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

// Device 0 at the end: segment 0 (4096 bytes at 10000) with one block and a hole. Event 0 allocates segment 1
// (2048 at 20000, pool 1,0), event 1 puts 700 bytes into it, event 2 puts 100 bytes into segment 0, event 3
// frees the 700 bytes (completed at event 4), event 5 releases segment 1. Device 1 has no known segments.
const std::string k_blocks_sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY, event_count, peak_event, end_reserved_bytes);
    INSERT INTO devices VALUES(0, 6, 2, 4096), (1, 2, 0, NULL);
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size, address, origin, stack_id, alloc_event,
      free_requested_event, end_event, PRIMARY KEY(device, idx)) WITHOUT ROWID;
    INSERT INTO allocations VALUES(0, 0, 1000, 10000, 'preexisting_kept', 7, NULL, NULL, NULL),
      (0, 1, 700, 20000, 'trace', 8, 1, 3, 4), (0, 2, 100, 12048, 'trace', 9, 2, NULL, NULL),
      (1, 0, 10, 512, 'trace', 8, 0, NULL, NULL);
    CREATE TABLE segments(segment_id INTEGER PRIMARY KEY, device, address, total_size, segment_type, stream, pool_id,
      is_expandable);
    INSERT INTO segments VALUES(0, 0, 10000, 4096, 'small', 0, '0,0', 0);
    CREATE TABLE blocks(segment_id, block, address, size, requested_size, state, stack_id,
      PRIMARY KEY(segment_id, block)) WITHOUT ROWID;
    INSERT INTO blocks VALUES(0, 0, 10000, 1536, 1000, 'active_allocated', 7), (0, 1, 11536, 512, 0, 'inactive', NULL),
      (0, 2, 12048, 512, 100, 'active_allocated', 9), (0, 3, 12560, 1536, 0, 'inactive', NULL);
    CREATE TABLE other_events(device, event, action, address, size, stream, pool_id, PRIMARY KEY(device, event)) WITHOUT ROWID;
    INSERT INTO other_events VALUES(0, 0, 'segment_alloc', 20000, 2048, 5, '1,0'), (0, 5, 'segment_free', 20000, 2048, 5, '1,0');
)";

class BlocksSubject {
public:
    explicit BlocksSubject(const std::string& more = {}) : m_archive(k_blocks_sql + more) {}

    // The blocks at a moment: "segment address size requested state", one a line.
    std::string blocks(const std::string& arguments) {
        return answer(
            "SELECT segment || ' ' || address || ' ' || size || ' ' || coalesce(requested_size, '-') || ' ' "
            "|| state AS b FROM blocks_at(" +
            arguments + ")");
    }
    std::string answer(const std::string& sql) {
        std::string text;
        archive::Query query = m_session.database().prepare(sql);
        while (query.next()) text += std::string(text.empty() ? "" : "\n") + std::string(query.text(0));
        return text;
    }

private:
    SqlArchive m_archive;
    QuerySession m_session{m_archive.reader()};
};

}  // namespace

TEST_CASE("blocks_at returns the stored blocks at the end") {
    BlocksSubject subject;
    CHECK(subject.blocks("0, 'end'") ==
          "0 10000 1536 1000 active_allocated\n0 11536 512 - inactive\n"
          "0 12048 512 100 active_allocated\n0 12560 1536 - inactive");
    CHECK(subject.answer("SELECT max(estimated) FROM blocks_at(0, 'event:5')") == "0");
}

TEST_CASE("blocks_at rebuilds segments and estimates blocks at an earlier moment") {
    BlocksSubject subject;
    CHECK(subject.blocks("0, 'start'") == "0 10000 1024 1000 active_allocated\n0 11024 3072 - inactive");
    CHECK(subject.blocks("0, 'event:0'") ==
          "0 10000 1024 1000 active_allocated\n0 11024 3072 - inactive\n1 20000 2048 - inactive");
    CHECK(subject.blocks("0, 'peak'") ==
          "0 10000 1024 1000 active_allocated\n0 11024 1024 - inactive\n0 12048 512 100 active_allocated\n"
          "0 12560 1536 - inactive\n1 20000 1024 700 active_allocated\n1 21024 1024 - inactive");
    CHECK_THAT(subject.blocks("0, 'event:3'"), Contains("20000 1024 700 active_pending_free"));
    CHECK(subject.answer("SELECT DISTINCT estimated || pool_id || coalesce(segment_type, '?') || stream "
                         "FROM blocks_at(0, 'peak')") == "10,0small0\n11,0?5");
    CHECK(subject.answer(
              "SELECT idx || ' ' || stack_id || ' ' || origin FROM blocks_at(0, 'peak') WHERE idx > 0") ==
          "2 9 trace\n1 8 trace");
}

TEST_CASE("a part of an expandable segment that is unmapped later belongs to the segment") {
    BlocksSubject subject(
        "INSERT INTO segments VALUES(1, 0, 40960, 8192, 'large', 3, '2,0', 1);"
        "INSERT INTO blocks VALUES(1, 0, 40960, 8192, 0, 'inactive', NULL);"
        "DELETE FROM other_events; UPDATE allocations SET address = 12560 WHERE idx = 1;"
        "INSERT INTO other_events VALUES(0, 0, 'segment_map', 40960, 4096, 3, NULL),"
        " (0, 5, 'segment_unmap', 49152, 4096, 3, NULL);");
    const auto expandable = [&](const std::string& moment) {
        return subject.answer(
            "SELECT segment_address || ' ' || segment_size || ' ' || segment_type || ' ' || pool_id "
            "FROM blocks_at(0, '" +
            moment + "') WHERE is_expandable");
    };
    CHECK(expandable("end") == "40960 8192 large 2,0");
    CHECK(expandable("event:4") == "40960 12288 large 2,0");
    CHECK(expandable("start") == "45056 8192 large 2,0");
}

TEST_CASE("blocks_at has no rows where the segments are not known") {
    BlocksSubject subject;
    CHECK(subject.blocks("1, 'start'").empty());
    CHECK(subject.blocks("1, 'end'").empty());
}

TEST_CASE("blocks_at refuses events and allocations that contradict the segments") {
    BlocksSubject overlapping("INSERT INTO allocations VALUES(0, 3, 5, 10512, 'trace', 9, 0, NULL, NULL);");
    CHECK_THROWS_WITH(overlapping.blocks("0, 'peak'"), Contains("does not fit into the segments"));
    BlocksSubject outside("INSERT INTO allocations VALUES(0, 3, 5, 99999, 'trace', 9, 0, NULL, NULL);");
    CHECK_THROWS_WITH(outside.blocks("0, 'peak'"), Contains("0x1869f does not fit"));
    BlocksSubject unknown("INSERT INTO other_events VALUES(0, 4, 'segment_alloc', 77777, 512, 0, '0,0');");
    CHECK_THROWS_WITH(unknown.blocks("0, 'peak'"), Contains("contradict the segments at the end"));
}

TEST_CASE("event_of is NULL where a device does not have the moment") {
    BlocksSubject subject("CREATE TABLE oom(device, event); INSERT INTO oom VALUES(0, 4);");
    CHECK(subject.answer("SELECT device || ' ' || coalesce(event_of(device, 'oom'), 'none') FROM devices") ==
          "0 4\n1 none");
    CHECK(subject.answer("SELECT event_of(0, 3) || coalesce(event_of(0, NULL), 'none')") == "3none");
    CHECK_THROWS_WITH(subject.answer("SELECT event_of(0, 'never')"), Contains("is not a moment"));
    CHECK_THROWS_WITH(subject.answer("SELECT event_of(5, 'peak')"), Contains("no device 5"));
    CHECK_THROWS_WITH(subject.answer("SELECT event_of('x', 'peak')"),
                      Contains("event_of: the device must be a number or 'host', not 'x'"));
    CHECK_THROWS_WITH(subject.answer("SELECT event_of('host', 'peak')"), Contains("no device host"));
}
