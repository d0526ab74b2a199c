#include "timeline/tables/makers.hpp"

#include <algorithm>
#include <random>

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

// One event each 10 us from 100 us on; the live bytes after event i are values[i].
Scene curve_of(const std::vector<std::int64_t>& values) {
    Scene scene;
    std::int64_t live = 0;
    std::int64_t time = 100;
    std::vector<std::pair<std::uint64_t, std::int64_t>> stack;
    std::uint64_t next = 512;
    for (const std::int64_t value : values) {
        scene.at(time);
        time += 10;
        if (value > live) {
            stack.emplace_back(next += 512, value - live);
            scene.alloc(stack.back().first, stack.back().second);
        } else if (value < live) {
            REQUIRE(stack.back().second == live - value);
            scene.complete(stack.back().first, stack.back().second);
            stack.pop_back();
        } else {
            scene.marker();
        }
        live = value;
    }
    return scene;
}

std::string_view text_of(const Scene& scene, const SpanRow& row) {
    return scene.snapshot().symbols.text(row.name);
}

SpanRow span_of(const Scene& scene, const std::string& name) {
    const std::vector<SpanRow> rows = scene.tables().spans;
    const auto at = std::find_if(rows.begin(), rows.end(),
                                 [&](const SpanRow& row) { return text_of(scene, row) == name; });
    REQUIRE(at != rows.end());
    return *at;
}

TEST_CASE("start and end of a span are the last events that are not later", "[timeline]") {
    Scene scene = curve_of({10, 30, 10, 50, 10, 70});
    scene.annotate("step", "START", 105).annotate("step", "END", 140);
    const SpanRow row = span_of(scene, "step");
    CHECK(row.start_event == 0);
    CHECK(row.end_event == 4);
    CHECK(row.start_time_us == 105);
    CHECK(row.end_time_us == 140);
    CHECK(row.start_bytes == 10);
    CHECK(row.peak_bytes == 50);
    CHECK(row.peak_event == 3);
    CHECK(row.end_bytes == 10);
    CHECK_FALSE(row.cut);
    CHECK(row.depth == 0);
}

TEST_CASE("a span before all events is at event -1", "[timeline]") {
    Scene scene = curve_of({10, 30});
    scene.annotate("early", "START", 1).annotate("early", "END", 2);
    const SpanRow row = span_of(scene, "early");
    CHECK(row.start_event == -1);
    CHECK(row.end_event == -1);
    CHECK(row.peak_bytes == 0);
    CHECK(row.peak_event == -1);
}

TEST_CASE("a span after all events is at the last event", "[timeline]") {
    Scene scene = curve_of({10, 30});
    scene.annotate("late", "START", 1000).annotate("late", "END", 2000);
    const SpanRow row = span_of(scene, "late");
    CHECK(row.start_event == 1);
    CHECK(row.end_event == 1);
    CHECK(row.peak_bytes == 30);
    CHECK(row.peak_event == 1);
}

TEST_CASE("an END closes the latest open START of its name", "[timeline]") {
    Scene scene = curve_of({10, 30, 10, 50});
    scene.annotate("f", "START", 100)
        .annotate("f", "START", 110)
        .annotate("f", "END", 120)
        .annotate("f", "END", 130);
    const std::vector<SpanRow> rows = scene.tables().spans;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].start_event == 0);
    CHECK(rows[0].end_event == 3);
    CHECK(rows[0].depth == 0);
    CHECK(rows[1].start_event == 1);
    CHECK(rows[1].end_event == 2);
    CHECK(rows[1].depth == 1);
}

TEST_CASE("interleaved spans of two threads do not contain each other", "[timeline]") {
    Scene scene = curve_of({10, 30, 10, 50});
    scene.annotate("one", "START", 100).annotate("two", "START", 110);
    scene.annotate("inner", "START", 112).annotate("inner", "END", 115);
    scene.annotate("one", "END", 120).annotate("two", "END", 130);
    CHECK(span_of(scene, "one").depth == 0);
    CHECK(span_of(scene, "two").depth == 0);
    CHECK(span_of(scene, "inner").depth == 2);
    CHECK(span_of(scene, "one").end_event == 2);
    CHECK(span_of(scene, "two").start_event == 1);
}

TEST_CASE("a span without END or START reaches to that end of the trace", "[timeline]") {
    Scene scene = curve_of({10, 30, 10, 50, 10});
    scene.annotate("tail", "END", 121).annotate("head", "START", 115);
    const SpanRow tail = span_of(scene, "tail");
    CHECK(tail.cut);
    CHECK_FALSE(tail.start_event);
    CHECK_FALSE(tail.start_bytes);
    CHECK(tail.end_event == 2);
    CHECK(tail.end_bytes == 10);
    CHECK(tail.peak_bytes == 30);
    const SpanRow head = span_of(scene, "head");
    CHECK(head.cut);
    CHECK(head.start_event == 1);
    CHECK(head.start_bytes == 30);
    CHECK_FALSE(head.end_event);
    CHECK_FALSE(head.end_bytes);
    CHECK(head.peak_bytes == 50);
    CHECK(head.peak_event == 3);
}

TEST_CASE("small backward steps of the clock do not move a span", "[timeline]") {
    Scene scene;
    for (const std::int64_t time : {100, 120, 115, 130}) scene.at(time).marker();
    scene.annotate("s", "START", 117).annotate("s", "END", 125);
    const SpanRow row = span_of(scene, "s");
    CHECK(row.start_event == 0);
    CHECK(row.end_event == 2);
}

TEST_CASE("an END whose time is before its START gives a span of one event", "[timeline]") {
    Scene scene = curve_of({10, 30, 10});
    scene.annotate("s", "START", 115).annotate("s", "END", 105);
    const SpanRow row = span_of(scene, "s");
    CHECK(row.start_event == 1);
    CHECK(row.peak_bytes == 30);
}

TEST_CASE("without times in the trace a span has no events", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 10).marker().annotate("s", "START", 5).annotate("s", "END", 6);
    const SpanRow untimed_trace = span_of(scene, "s");
    CHECK_FALSE(untimed_trace.start_event);
    CHECK_FALSE(untimed_trace.peak_bytes);
    CHECK(untimed_trace.start_time_us == 5);
    CHECK_FALSE(untimed_trace.cut);
    Scene timed = curve_of({10});
    timed.annotate("s", "START", std::nullopt).annotate("s", "END", 6);
    CHECK_FALSE(span_of(timed, "s").start_event);
    CHECK_FALSE(span_of(timed, "s").peak_bytes);
}

TEST_CASE("annotations go to their device, those without a known device to the first", "[timeline]") {
    Scene scene = curve_of({10, 30});
    scene.device(1).at(100).alloc(0x1000, 5);
    scene.annotate("zero", "START", 100, 0).annotate("zero", "END", 110, 0);
    scene.annotate("one", "START", 100, 1).annotate("one", "END", 110, 1);
    scene.annotate("none", "START", 100, std::nullopt).annotate("none", "END", 110, std::nullopt);
    scene.annotate("gone", "START", 100, 5).annotate("gone", "END", 110, 5);
    const std::vector<SpanRow> first = scene.tables(0).spans;
    const std::vector<SpanRow> second = scene.tables(1).spans;
    CHECK(first.size() == 3);
    REQUIRE(second.size() == 1);
    CHECK(text_of(scene, second[0]) == "one");
    CHECK(second[0].peak_bytes == 5);
}

TEST_CASE("peaks of spans agree with a plain search on random curves", "[timeline]") {
    std::mt19937 random(3);
    Scene scene;
    std::vector<std::int64_t> live{0};
    for (int i = 0; i < 300; ++i) {
        const auto size = static_cast<std::int64_t>(random() % 100);
        const std::uint64_t address = 0x1000 * (1 + random() % 8);
        scene.at(i * 10).alloc(address, size);
    }
    for (int i = 0; i < 200; ++i) {
        const auto start = static_cast<std::int64_t>(random() % 3100);
        const std::string name = "s" + std::to_string(i);
        scene.annotate(name, "START", start);
        scene.annotate(name, "END", start + static_cast<std::int64_t>(random() % 400));
    }
    const DeviceTables tables = scene.tables();  // 300 events: the timeline holds each of them
    REQUIRE(tables.timeline.size() == 301);
    REQUIRE(tables.spans.size() == 200);
    for (const SpanRow& span : tables.spans) {
        const auto first = tables.timeline.begin() + *span.start_event + 1;
        const auto last = tables.timeline.begin() + *span.end_event + 1;
        const auto highest = std::max_element(
            first, last + 1,
            [](const TimelineRow& a, const TimelineRow& b) { return a.requested_bytes < b.requested_bytes; });
        REQUIRE(span.peak_bytes == highest->requested_bytes);
        REQUIRE(span.peak_event == highest->event);
        REQUIRE(span.start_bytes == first->requested_bytes);
        REQUIRE(span.end_bytes == last->requested_bytes);
    }
}

}  // namespace
}  // namespace snapq::timeline
