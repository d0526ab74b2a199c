#include "timeline/tables/curve.hpp"

#include <algorithm>
#include <random>

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;

// Random allocs and frees; returns the live bytes after each event, the state before the trace first.
std::vector<std::int64_t> random_trace(Scene& scene, int steps, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::pair<std::uint64_t, std::int64_t>> live;
    std::vector<std::int64_t> bytes{0};
    std::uint64_t next = 512;
    for (int step = 0; step < steps; ++step) {
        if (live.empty() || random() % 100 < 55) {
            live.emplace_back(next, 1 + static_cast<std::int64_t>(random() % 5000));
            next += 8192;
            scene.alloc(live.back().first, live.back().second);
            bytes.push_back(bytes.back() + live.back().second);
        } else {
            std::swap(live[random() % live.size()], live.back());
            scene.free(live.back().first, live.back().second);
            bytes.push_back(bytes.back());
            bytes.push_back(bytes.back() - live.back().second);
            live.pop_back();
        }
    }
    return bytes;
}

TEST_CASE("a short trace keeps every event", "[timeline]") {
    Scene scene;
    scene.at(5).alloc(0x1000, 100).at(6).marker().at(7).alloc(0x2000, 50);
    const std::vector<TimelineRow> rows = scene.tables().timeline;
    REQUIRE(rows.size() == 4);
    CHECK(rows[0].event == -1);
    CHECK_FALSE(rows[0].time_us);
    CHECK(rows[0].requested_bytes == 0);
    CHECK(rows[2].event == 1);
    CHECK(rows[2].time_us == 6);
    CHECK(rows[2].requested_bytes == 100);
    CHECK(rows[3].requested_bytes == 150);
    CHECK_FALSE(rows[3].reserved_bytes);
}

TEST_CASE("a device without events has one point", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 1000}}});
    const std::vector<TimelineRow> rows = scene.tables().timeline;
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].event == -1);
    CHECK(rows[0].requested_bytes == 1000);
    CHECK(rows[0].reserved_bytes == 1024);
}

TEST_CASE("the points of a long trace have exact values and include the extremes", "[timeline]") {
    Scene scene;
    const std::vector<std::int64_t> bytes = random_trace(scene, 30'000, 1);
    const DeviceTables tables = scene.tables();
    const auto events = static_cast<std::int64_t>(bytes.size()) - 1;
    CHECK(tables.timeline.size() <= 4000);
    CHECK(tables.timeline.size() > 1000);
    CHECK(tables.timeline.front().event == -1);
    CHECK(tables.timeline.back().event == events - 1);
    std::int64_t previous = -2;
    for (const TimelineRow& row : tables.timeline) {
        REQUIRE(row.event > previous);
        REQUIRE(row.requested_bytes == bytes[static_cast<std::size_t>(row.event + 1)]);
        previous = row.event;
    }
    const auto highest = std::max_element(bytes.begin(), bytes.end());
    CHECK(tables.figures.peak_requested_bytes == *highest);
    CHECK(tables.figures.peak_event == highest - bytes.begin() - 1);
    const auto is_peak = [&](const TimelineRow& row) { return row.event == tables.figures.peak_event; };
    CHECK(std::count_if(tables.timeline.begin(), tables.timeline.end(), is_peak) == 1);
}

TEST_CASE("each slice keeps its minimum and maximum", "[timeline]") {
    Scene scene;
    const std::vector<std::int64_t> bytes = random_trace(scene, 5'000, 2);
    const auto events = static_cast<std::int64_t>(bytes.size()) - 1;
    const std::vector<TimelineRow> rows = scene.tables().timeline;
    std::vector<std::int64_t> cuts = slice_cuts(events);
    cuts.push_back(events);
    REQUIRE(cuts.size() <= static_cast<std::size_t>(k_timeline_slices) + 2);
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        const auto [low, high] =
            std::minmax_element(bytes.begin() + cuts[i] + 1, bytes.begin() + cuts[i + 1] + 1);
        std::int64_t kept_low = std::numeric_limits<std::int64_t>::max();
        std::int64_t kept_high = -1;
        for (const TimelineRow& row : rows) {
            if (row.event < cuts[i] || row.event >= cuts[i + 1]) continue;
            kept_low = std::min(kept_low, row.requested_bytes);
            kept_high = std::max(kept_high, row.requested_bytes);
        }
        REQUIRE(kept_low == *low);
        REQUIRE(kept_high == *high);
    }
}

TEST_CASE("the peak of reserved bytes and the first OOMs have points", "[timeline]") {
    Scene scene;
    for (int i = 0; i < 10'000; ++i) {
        scene.marker();
        if (i == 5003) scene.segment_event(Action::segment_alloc, 0x10000, 4096);
        if (i == 5004) scene.segment_event(Action::segment_free, 0x10000, 4096);
        if (i >= 9000) scene.oom(100, 10);
    }
    const DeviceTables tables = scene.tables();
    CHECK(tables.figures.peak_reserved_event == 5004);
    const auto has = [&](std::int64_t event) {
        return std::any_of(tables.timeline.begin(), tables.timeline.end(),
                           [&](const TimelineRow& row) { return row.event == event; });
    };
    CHECK(has(5004));
    CHECK(has(tables.ooms.front().event));
    CHECK(has(tables.ooms[31].event));
    CHECK(tables.ooms.size() == 1000);
    CHECK(tables.timeline.size() < 1100);
}

}  // namespace
}  // namespace snapq::timeline
