#include "analysis/moment.hpp"

#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

// Device 0: one allocation from before the recording, two at events 0 and 2 of which the second is freed
// (events 3 and 4), OOM errors at events 5 and 6. Device 3 has no trace. Device 4 has two events at earlier
// times.
const std::string k_sql = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY, event_count, timesteps, peak_event, peak_reserved_event,
      first_time_us, last_time_us);
    INSERT INTO devices VALUES(0, 7, 9, 2, 1, 1000, 1600), (3, 0, 0, -1, NULL, NULL, NULL),
      (4, 2, 2, 0, 1, 900, 950);
    CREATE TABLE allocations(device, idx, start_timestep, end_timestep, alloc_event, end_event);
    INSERT INTO allocations VALUES(0, 0, 0, 9, NULL, NULL), (0, 1, 0, 9, 0, NULL), (0, 2, 1, 2, 2, 4);
    CREATE TABLE oom(device, event);
    INSERT INTO oom VALUES(0, 5), (0, 6);
    CREATE TABLE spans(device, name, peak_event, peak_bytes, start_time_us);
    INSERT INTO spans VALUES(0, 'step', 4, 90, 1100), (0, 'step', 2, 50, 1000), (0, 'step', 5, 90, 1200),
      (0, 'unplaced', NULL, NULL, NULL), (0, 'Profiler#7', 3, 10, 1150), (0, 'Profiler#8', 6, 10, 1300),
      (0, 'load', 1, 10, 1100), (0, 'load', 6, 10, 1500);
    CREATE TABLE steps(device, step, peak_event);
    INSERT INTO steps VALUES(0, 0, 2), (0, 1, 5);
    CREATE TABLE events(device, event, time_us);
    INSERT INTO events VALUES(0, 0, 1000), (0, 1, 1100), (0, 2, 1200), (0, 3, 1200), (0, 6, 1600);
)";

class MomentSubject {
public:
    std::int64_t event(const std::string& moment, std::int64_t device = 0) {
        return resolve(parse_moment(moment), m_database, device);
    }
    // For tests of functions that take the database themselves.
    archive::Database& database() { return m_database; }

private:
    SqlArchive m_archive{k_sql};
    archive::Database m_database = m_archive.open_database();
};

}  // namespace

TEST_CASE("Every form of a moment is read and written back") {
    for (const char* text : {"peak", "reserved-peak", "start", "end", "oom:0", "oom:12", "event:-1",
                             "event:7", "time:1782827950817130", "timestep:387", "span:a name: with colons",
                             "span:step#3", "step:0", "step:12", "+83s", "+1500us", "+1500ms", "+0s"}) {
        CHECK(text_of(parse_moment(text)) == text);
    }
    CHECK(text_of(parse_moment("oom")) == "oom:0");
    CHECK(text_of(parse_moment("+1.5ms")) == "+1500us");
    CHECK(text_of(parse_moment("+24.4 ms")) == "+24400us");
    CHECK(text_of(parse_moment("+0.25min")) == "+15s");
    CHECK(text_of(parse_moment("+3µs")) == "+3us");
}

TEST_CASE("Text that is not a moment is refused, and the error lists the forms") {
    for (const char* text : {"",
                             "peek",
                             "Peak",
                             "peak:1",
                             "event",
                             "event:",
                             "event:x",
                             "event:1x",
                             "oom:",
                             "oom:a",
                             "span",
                             "span:",
                             "time:",
                             "timestep:1.5",
                             "event:99999999999999999999",
                             " peak",
                             "+",
                             "+1",
                             "+s",
                             "+-1s",
                             "+1e3s",
                             "+1h",
                             "+1s ",
                             "+99999999999999999s",
                             "+nans",
                             "-1s",
                             "1s"}) {
        INFO(text);
        try {
            static_cast<void>(parse_moment(text));
            FAIL("accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::usage);
            CHECK_THAT(error.hint(), Contains("oom[:N]") && Contains("span:NAME") && Contains("+83s"));
        }
    }
}

TEST_CASE("Each moment is an event of the trace") {
    MomentSubject subject;
    CHECK(subject.event("peak") == 2);
    CHECK(subject.event("reserved-peak") == 1);
    CHECK(subject.event("start") == -1);
    CHECK(subject.event("end") == 6);
    CHECK(subject.event("oom") == 5);
    CHECK(subject.event("oom:1") == 6);
    CHECK(subject.event("event:-1") == -1);
    CHECK(subject.event("event:6") == 6);
}

TEST_CASE("A time outside the recording is refused, a time outside one device's trace is allowed") {
    MomentSubject subject;
    for (const char* moment : {"time:0", "time:899", "time:1601"}) {
        CHECK_THROWS_WITH(subject.event(moment), Contains("the events are from time:900 to time:1600"));
    }
    CHECK(subject.event("time:950") == -1);
    CHECK(subject.event("time:1000", 4) == 1);
}

TEST_CASE("A time means the last event at that time or earlier") {
    MomentSubject subject;
    CHECK(subject.event("time:1000") == 0);
    CHECK(subject.event("time:1199") == 1);
    CHECK(subject.event("time:1200") == 3);
    CHECK(subject.event("time:1599") == 3);
    CHECK(subject.event("time:1600") == 6);
}

TEST_CASE("A time since the first event is counted on each device") {
    MomentSubject subject;
    CHECK(subject.event("+0s") == 0);
    CHECK(subject.event("+199us") == 1);
    CHECK(subject.event("+0.2ms") == 3);
    CHECK(subject.event("+600us") == 6);
    CHECK(subject.event("+50us", 4) == 1);
    CHECK(subject.event("+600us", 4) == 1);  // device 0 still runs
    CHECK_THROWS_WITH(subject.event("+601us"), Contains("the trace ends +600us after its first event"));
    CHECK_THROWS_AS(subject.event("+0s", 3), InputError);
}

TEST_CASE("A step means the last event that is not after it") {
    MomentSubject subject;
    CHECK(subject.event("timestep:0") == 0);
    CHECK(subject.event("timestep:1") == 2);
    CHECK(subject.event("timestep:2") == 4);
    CHECK(subject.event("timestep:9") == 4);
}

TEST_CASE("If several spans have one name, the highest peak counts, the first of equal ones") {
    CHECK(MomentSubject().event("span:step") == 4);
}

TEST_CASE("A number picks one of several spans of the same name, in the order of their starts") {
    MomentSubject subject;
    CHECK(subject.event("span:step#0") == 2);
    CHECK(subject.event("span:step[1]") == 4);
    CHECK(subject.event("span:step#2") == 5);
    CHECK(subject.event("span:load#1") == 6);
    CHECK_THROWS_WITH(subject.event("span:step#3"), Contains("there are span:step#0 to span:step#2"));
}

TEST_CASE("The whole name of a span counts before its number and before its beginning") {
    MomentSubject subject;
    CHECK(subject.event("span:Profiler#7") == 3);
    CHECK(subject.event("span:Profiler#8") == 6);
    CHECK(subject.event("span:st") == 4);
    CHECK(subject.event("span:st#0") == 2);
    CHECK(subject.event("span:Profiler#7#0") == 3);
    CHECK_THROWS_WITH(subject.event("span:Prof"), Contains("begin with 'Prof': Profiler#7, Profiler#8"));
    CHECK_THROWS_WITH(subject.event("span:Prof#1"), Contains("begin with 'Prof': Profiler#7, Profiler#8"));
    CHECK_THROWS_WITH(subject.event("span:STEP"), Contains("there is no span:STEP"));
}

TEST_CASE("find_event tells a device that lacks the moment from a wrong device") {
    MomentSubject subject;
    archive::Database& database = subject.database();
    CHECK(find_event(parse_moment("oom:1"), database, 0) == 6);
    CHECK(find_event(parse_moment("oom:2"), database, 0) == std::nullopt);
    CHECK(find_event(parse_moment("oom"), database, 3) == std::nullopt);
    CHECK(find_event(parse_moment("+601us"), database, 0) == std::nullopt);
    CHECK(find_event(parse_moment("span:other"), database, 0) == std::nullopt);
    CHECK_THROWS_AS(find_event(parse_moment("peak"), database, 1), UsageError);
}

TEST_CASE("A device without a trace has a start and an end") {
    MomentSubject subject;
    CHECK(subject.event("peak", 3) == -1);
    CHECK(subject.event("start", 3) == -1);
    CHECK(subject.event("end", 3) == -1);
    CHECK(subject.event("event:-1", 3) == -1);
    CHECK_THROWS_AS(subject.event("event:0", 3), InputError);
    CHECK_THROWS_AS(subject.event("reserved-peak", 3), InputError);
    CHECK_THROWS_AS(subject.event("time:5", 3), InputError);
    CHECK_THROWS_AS(subject.event("oom", 3), InputError);
    CHECK_THROWS_AS(subject.event("span:step", 3), InputError);
}

TEST_CASE("The error for a moment that does not exist says which ones do") {
    MomentSubject subject;
    CHECK_THROWS_WITH(subject.event("event:7"), Contains("event:0 to event:6"));
    CHECK_THROWS_WITH(subject.event("event:-2"), Contains("event:-1 for before"));
    CHECK_THROWS_WITH(subject.event("oom:2"), Contains("2 times"));
    CHECK_THROWS_WITH(subject.event("timestep:10"), Contains("timestep:0 to timestep:9"));
    CHECK_THROWS_WITH(subject.event("span:other"), Contains("there are Profiler#7, Profiler#8, load, step"));
    CHECK_THROWS_WITH(subject.event("span:unplaced"),
                      Contains("there are Profiler#7, Profiler#8, load, step"));
    CHECK_THROWS_WITH(subject.event("peak", 1),
                      Contains("there is no device 1 in this archive; its devices: 0, 3, 4"));
}

TEST_CASE("An archive of SnapViewer's converter has no moments") {
    const SqlArchive foreign(k_snapviewer_sql);
    archive::Database database = foreign.open_database();
    CHECK_THROWS_AS(resolve(Moment{}, database, 0), InputError);
}

TEST_CASE("step:N is the peak of a step") {
    MomentSubject subject;
    CHECK(subject.event("step:1") == 5);
    CHECK_THROWS_WITH(subject.event("step:2"), "there is no step:2; device 0 has step:0 to step:1");
    CHECK_THROWS_WITH(subject.event("step:0", 4), "no steps were found on device 4");
    SqlArchive older(
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID; INSERT INTO meta "
        "VALUES('format_version', 1); CREATE TABLE devices(device INTEGER PRIMARY KEY); INSERT INTO "
        "devices VALUES(0); CREATE TABLE allocations(device);");
    archive::Database database = older.open_database();
    CHECK_THROWS_AS(resolve(parse_moment("step:0"), database, 0), InputError);
}
