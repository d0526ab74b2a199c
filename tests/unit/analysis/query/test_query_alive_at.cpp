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

// Device 0: an allocation from before the recording, one from event 0, and one from event 2 to event 4.
// Device 1 has one allocation.
const std::string k_alive_sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY, event_count, peak_event);
    INSERT INTO devices VALUES(0, 6, 2), (1, 1, 0);
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size, start_timestep, end_timestep, address,
      stream, pool_id, origin, stack_id, free_stack_id, alloc_event, free_requested_event, free_completed_event, end_event,
      alloc_time_us, free_requested_time_us, free_completed_time_us, compile_context_id, user_metadata_id,
      forward_frames_id, irregular, PRIMARY KEY(device, idx)) WITHOUT ROWID;
    INSERT INTO allocations(device, idx, size, origin, alloc_event, end_event) VALUES
      (0, 0, 100, 'preexisting_kept', NULL, NULL), (0, 1, 20, 'trace', 0, NULL), (0, 2, 3, 'trace', 2, 4),
      (1, 0, 7000, 'trace', 0, NULL);
)";

class AliveAtSubject {
public:
    std::int64_t number(std::string_view sql) { return m_session.database().integer(sql); }
    std::int64_t bytes_at(const std::string& arguments) {
        return number("SELECT sum(size) FROM alive_at(" + arguments + ")");
    }
    QuerySession& session() { return m_session; }

private:
    SqlArchive m_archive{k_alive_sql};
    QuerySession m_session{m_archive.reader()};
};

}  // namespace

TEST_CASE("alive_at returns the allocations that are live at a moment") {
    AliveAtSubject subject;
    CHECK(subject.bytes_at("0, 'start'") == 100);
    CHECK(subject.bytes_at("0, 'event:0'") == 120);
    CHECK(subject.bytes_at("0, 'peak'") == 123);
    CHECK(subject.bytes_at("0, 'event:3'") == 123);
    CHECK(subject.bytes_at("0, 'event:4'") == 120);
    CHECK(subject.bytes_at("0, 'end'") == 120);
    CHECK(subject.bytes_at("1, 'end'") == 7000);
}

TEST_CASE("The moment may be omitted, or be the number of an event") {
    AliveAtSubject subject;
    CHECK(subject.bytes_at("0") == 123);
    CHECK(subject.bytes_at("0, NULL") == 123);
    CHECK(subject.bytes_at("0, 4") == 120);
    CHECK(subject.bytes_at("'0', 'peak'") == 123);
}

TEST_CASE("alive_at can be joined, also with arguments from another table") {
    AliveAtSubject subject;
    CHECK(subject.number("SELECT sum(a.size) FROM devices d JOIN alive_at(d.device, d.peak_event) a") ==
          7123);
    CHECK(subject.number("SELECT sum(a.size) FROM devices d, alive_at(d.device) a WHERE d.device = 1") ==
          7000);
    CHECK(subject.number(
              "SELECT count(*) FROM alive_at(0, 'start') s JOIN alive_at(0, 'end') e USING (idx)") == 1);
    CHECK(subject.number(
              "SELECT count(*) FROM allocations WHERE idx IN (SELECT idx FROM alive_at(0, 'end'))") == 3);
    CHECK(subject.number("SELECT count(*) FROM alive_at WHERE of_device = 0 AND at_moment = 'start'") == 1);
}

TEST_CASE("alive_at has the columns of allocations") {
    AliveAtSubject subject;
    auto all = subject.session().prepare("SELECT * FROM allocations; SELECT * FROM alive_at(0, 'end')");
    CHECK(all[0].columns() == all[1].columns());
}

TEST_CASE("Wrong arguments are errors that say what is wrong") {
    AliveAtSubject subject;
    CHECK_THROWS_WITH(subject.number("SELECT * FROM alive_at"), Contains("needs a device"));
    CHECK_THROWS_WITH(subject.number("SELECT * FROM alive_at('x', 'peak')"),
                      Contains("a number or 'host', not 'x'"));
    CHECK_THROWS_WITH(subject.number("SELECT * FROM alive_at(0, 'never')"), Contains("is not a moment"));
    CHECK_THROWS_WITH(subject.number("SELECT * FROM alive_at(5, 'peak')"), Contains("no device 5"));
    CHECK_THROWS_AS(subject.number("SELECT * FROM alive_at(0, 'peak', 'nowhere')"), UsageError);
    CHECK_THROWS_AS(subject.number("SELECT * FROM alive_at(0, 'peak', 'main', 1)"), UsageError);
    CHECK(subject.bytes_at("0, 'end'") == 120);  // the session still works
}
