#include "timeline/tables/curve.hpp"

#include "support/catch.hpp"
#include "timeline/tables/allocator_rules.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;

TEST_CASE("events that change nothing keep the value of their interval", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 100).marker().marker().free(0x1000, 100);
    const Replay replay = scene.replay();
    const DeviceView view(scene.snapshot(), replay);
    const std::vector<Interval> intervals =
        live_intervals(view, std::vector<std::int64_t>{-1, 1, 2, 4}, Measure::requested);
    REQUIRE(intervals.size() == 4);
    CHECK(intervals[0].first == 0);
    CHECK(intervals[0].last == 100);
    CHECK(intervals[0].max_event == 0);
    CHECK(intervals[1].first == 100);
    CHECK(intervals[1].max_event == 1);
    CHECK(intervals[2].min == 100);
    CHECK(intervals[3].first == 0);
    CHECK(intervals[3].max == 0);
}

TEST_CASE("the first of equal extremes is kept", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 100).free(0x1000, 100).alloc(0x2000, 100).free(0x2000, 100);
    const Replay replay = scene.replay();
    const DeviceView view(scene.snapshot(), replay);
    const std::vector<Interval> intervals =
        live_intervals(view, std::vector<std::int64_t>{-1}, Measure::requested);
    CHECK(intervals[0].max_event == 0);
    CHECK(intervals[0].min_event == -1);
}

TEST_CASE("cuts beyond the trace hold its last value", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 100);
    const Replay replay = scene.replay();
    const DeviceView view(scene.snapshot(), replay);
    const Curves curves(view, {7, 0, 7});
    CHECK(curves.cuts() == std::vector<std::int64_t>{-1, 0, 7});
    CHECK(curves.live_after(7) == 100);
    CHECK(curves.live_after(-1) == 0);
    CHECK_FALSE(curves.reserved_after(7));
}

TEST_CASE("the rounded measure counts multiples of 512 for each element", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 1).alloc(0x2000, 513).alloc(0x3000, 0);
    const Replay replay = scene.replay();
    const DeviceView view(scene.snapshot(), replay);
    const std::vector<Interval> intervals =
        live_intervals(view, std::vector<std::int64_t>{-1}, Measure::rounded);
    CHECK(intervals[0].last == 512 + 1024);
}

TEST_CASE("reserved bytes are never below zero", "[timeline]") {
    Scene scene;
    scene.segment_event(Action::segment_alloc, 0x1000, 100).segment_event(Action::segment_free, 0x1000, 100);
    Replay replay = scene.replay();
    replay.reserved.start_bytes = -50;
    const DeviceView view(scene.snapshot(), replay);
    const std::vector<Interval> intervals = reserved_intervals(view, std::vector<std::int64_t>{-1, 0, 1});
    CHECK(intervals[0].first == 0);
    CHECK(intervals[1].first == 50);
    CHECK(intervals[2].first == 0);
}

TEST_CASE("wide sums saturate at both ends", "[timeline]") {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    CHECK(saturated(WideBytes{huge} + huge) == huge);
    CHECK(saturated(-WideBytes{huge} - huge) == std::numeric_limits<std::int64_t>::min());
    CHECK(rounded_up(huge) == WideBytes{1} << 63);
    CHECK(saturated(rounded_up(512)) == 512);
}

}  // namespace
}  // namespace snapq::timeline
