#include "analysis/figures.hpp"
#include "archive/archive_reader.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

// Device 0, live bytes after each event: start 100; 0: 150 (a), 1: 350 (b), 2: 150 (b freed), 3: 450 (c),
// 4: 50 (the old 100 and c are freed by one event), 5: 120 (d), 6: 120 (an OOM), 7: 110 (a is freed by the
// event that allocates e). Reserved: 1000 at the start, 3000 from event 1, 500 from event 4.
const std::string k_windowed_archive = R"(
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1);
    CREATE TABLE devices(device INTEGER PRIMARY KEY, event_count, peak_event, first_time_us, last_time_us);
    INSERT INTO devices VALUES(0, 8, 3, 1000, 1700), (1, 0, -1, NULL, NULL);
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size, stack_id, alloc_event, end_event,
      start_timestep, alloc_time_us, PRIMARY KEY(device, idx)) WITHOUT ROWID;
    INSERT INTO allocations VALUES(0, 0, 100, 9, NULL, 4, 0, NULL), (0, 1, 50, 1, 0, 7, 1, 1000),
      (0, 2, 200, 2, 1, 2, 2, 1100), (0, 3, 300, 3, 3, 4, 4, 1300), (0, 4, 70, 4, 5, NULL, 6, 1500),
      (0, 5, 40, 5, 7, NULL, 8, 1700);
    CREATE TABLE timeline(device, event, reserved_bytes, PRIMARY KEY(device, event)) WITHOUT ROWID;
    INSERT INTO timeline VALUES(0, -1, 1000), (1, -1, NULL);
    CREATE TABLE other_events(device, event, action, size, PRIMARY KEY(device, event)) WITHOUT ROWID;
    INSERT INTO other_events VALUES(0, 1, 'segment_alloc', 2000), (0, 4, 'segment_unmap', 2500), (0, 6, 'oom', 9999);
    CREATE VIEW events AS SELECT device, alloc_event AS event, alloc_time_us AS time_us FROM allocations;
)";

class WindowSubject {
public:
    report::DeviceFigures within(const std::string& window, std::int64_t device = 0) {
        report::DeviceFigures figures;
        figures.device = device;
        figures.end_requested_bytes = 77;
        figures.oom_events = 3;
        return figures_within(parse_window(window), m_database, figures);
    }
    // "bytes@event" of the requested and of the reserved peak.
    std::string peaks(const std::string& window) {
        const report::DeviceFigures found = within(window);
        return fmt::format("{}@{} {}@{} {}", *found.peak_requested_bytes, *found.peak_event,
                           *found.peak_reserved_bytes, *found.peak_reserved_event,
                           *found.reserved_at_peak_bytes);
    }
    archive::Database& database() { return m_database; }

private:
    SqlArchive m_archive{k_windowed_archive};
    archive::Database m_database = m_archive.open_database();
};

}  // namespace

TEST_CASE("A window is two moments, each of which may be left out") {
    CHECK(text_of(parse_window("event:1..oom")) == "event:1..oom:0");
    CHECK(text_of(parse_window("+1s..+2.5s")) == "+1s..+2500ms");
    CHECK(text_of(parse_window("..event:5")) == "start..event:5");
    CHECK(text_of(parse_window("span:a..b..")) == "span:a..b..end");
    CHECK(text_of(parse_window("span:step#3..span:step#4")) == "span:step#3..span:step#4");
    for (const char* text : {"", "peak", "event:1-event:2", "event:1..x", "x..event:1", "event:1.event:2"}) {
        INFO(text);
        CHECK_THROWS_WITH(parse_window(text), Contains("is not a window"));
    }
}

TEST_CASE("The peaks inside a window are exact") {
    WindowSubject subject;
    CHECK(subject.peaks("start..end") == "450@3 3000@1 3000");
    CHECK(subject.peaks("start..event:2") == "350@1 3000@1 3000");
    CHECK(subject.peaks("start..event:0") == "150@0 1000@-1 1000");
    CHECK(subject.peaks("event:2..event:3") == "450@3 3000@2 3000");
    CHECK(subject.peaks("event:4..end") == "120@5 500@4 500");
    CHECK(subject.peaks("event:4..event:4") == "50@4 500@4 500");
    CHECK(subject.peaks("start..start") == "100@-1 1000@-1 1000");
}

TEST_CASE("A window that begins at its highest state has its peak there, reached by nobody inside") {
    WindowSubject subject;
    const report::DeviceFigures high = subject.within("event:1..event:2");
    CHECK(high.peak_requested_bytes == 350);
    CHECK(high.peak_event == 1);
    CHECK_FALSE(high.peak_stack_id);
    CHECK_FALSE(high.peak_timestep);
}

TEST_CASE("An event that ends one allocation and begins another counts once") {
    WindowSubject subject;
    CHECK(subject.peaks("event:6..event:7") == "120@6 500@6 500");  // 120 -> 110 at event 7, never 160
}

TEST_CASE("The allocation that reached the peak of a window is named, other figures stay") {
    WindowSubject subject;
    const report::DeviceFigures found = subject.within("event:4..end");
    CHECK(found.peak_stack_id == 4);
    CHECK(found.peak_timestep == 6);
    CHECK(found.peak_time_us == 1500);
    CHECK(found.end_requested_bytes == 77);
}

TEST_CASE("Of the OOMs, those inside the window count") {
    WindowSubject subject;
    CHECK(subject.within("event:4..end").oom_events == 1);
    CHECK(subject.within("event:6..event:6").oom_events == 1);
    CHECK(subject.within("..event:5").oom_events == 0);
}

TEST_CASE("Moments of the peak lie inside the window, other moments do not change") {
    WindowSubject subject;
    const Window window = parse_window("event:4..end");
    const report::DeviceFigures figures = subject.within("event:4..end");
    CHECK(live_at(parse_moment("peak"), window, subject.database(), figures).event == 5);
    CHECK(live_at(parse_moment("reserved-peak"), window, subject.database(), figures).event == 4);
    CHECK(live_at(parse_moment("event:2"), window, subject.database(), figures).event == 2);
}

TEST_CASE("A window that ends before it begins, or that a device does not have, is refused") {
    WindowSubject subject;
    CHECK_THROWS_WITH(subject.within("event:5..event:2"), Contains("ends before it begins"));
    CHECK_THROWS_WITH(subject.within("event:5..event:9"), Contains("there is no event:9"));
    const report::DeviceFigures none = subject.within("start..end", 1);
    CHECK(none.peak_requested_bytes == 0);
    CHECK_FALSE(none.peak_reserved_bytes);
}
