#include "timeline/tables/makers.hpp"

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;
using snapshot::BlockState;

report::DeviceFigures figures(const Scene& scene) {
    return scene.tables().figures;
}

// A free of memory from before the trace, then `events` markers.
Scene ring_of(std::int64_t events) {
    Scene scene;
    scene.free(0x1000, 100);
    for (std::int64_t event = 2; event < events; ++event) scene.marker();
    return scene;
}

TEST_CASE("a peak before the first event has event -1 and neither time nor stack", "[timeline]") {
    Scene scene;
    scene.stack("old").at(50).free(0x1000, 4096).alloc(0x2000, 1000).free(0x2000, 1000);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.preexisting_bytes == 4096);
    CHECK(row.peak_requested_bytes == 4096);
    CHECK(row.peak_event == -1);
    CHECK_FALSE(row.peak_time_us);
    CHECK(row.peak_stack_id == std::nullopt);
    CHECK(row.end_requested_bytes == 0);
}

TEST_CASE("the first of two equal peaks counts", "[timeline]") {
    Scene scene;
    scene.stack("first").at(10).alloc(0x1000, 700).at(20).free(0x1000, 700);
    scene.stack("second").at(30).alloc(0x2000, 700);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.peak_requested_bytes == 700);
    CHECK(row.peak_event == 0);
    CHECK(row.peak_time_us == 10);
    CHECK(row.peak_stack_id == scene.stack_id("first").value());
}

TEST_CASE("an alloc over a live address ends and starts within one event", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 700).alloc(0x1000, 300).alloc(0x2000, 100);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.peak_requested_bytes == 700);
    CHECK(row.peak_event == 0);
    CHECK(row.end_requested_bytes == 400);
    CHECK_FALSE(row.complete);
}

TEST_CASE("pending memory stays live until its completion", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 500).request(0x1000, 500).alloc(0x2000, 100).free(0x2000, 100);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.peak_requested_bytes == 600);
    CHECK(row.end_requested_bytes == 500);
    CHECK(row.unfreed_bytes == 500);
    CHECK(row.pending_bytes == 500);
}

TEST_CASE("blocks pending at the dump count as pending", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000,
                   .blocks = {{1024, 1000}, {512, 300, BlockState::active_pending_free}, {512, 0}}});
    const report::DeviceFigures row = figures(scene);
    CHECK(row.preexisting_bytes == 1300);
    CHECK(row.pending_bytes == 300);
    CHECK(row.end_allocated_bytes == 1024);
    CHECK(row.end_active_bytes == 1536);
    CHECK(row.end_reserved_bytes == 2048);
    CHECK(row.unfreed_bytes == 0);
}

TEST_CASE("memory that is never freed is live from before the trace to its end", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 1000}, {1024, 900}, {2048, 0}}});
    scene.alloc(0x10400, 900).alloc(0x10800, 600).free(0x10800, 600);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.preexisting_bytes == 1000);
    CHECK(row.peak_requested_bytes == 2500);
    CHECK(row.peak_event == 1);
    CHECK(row.end_requested_bytes == 1900);
    CHECK(row.unfreed_bytes == 900);
    CHECK(row.allocation_count == 3);
    CHECK(row.event_count == 4);
}

TEST_CASE("the sums of a segment are preferred to those of its blocks", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 1000}, {1024, 0}}});
    scene.snapshot().segments[0].allocated_size = 11;
    scene.snapshot().segments[0].active_size = 22;
    const report::DeviceFigures row = figures(scene);
    CHECK(row.end_allocated_bytes == 11);
    CHECK(row.end_active_bytes == 22);
}

TEST_CASE("reserved bytes are computed backwards from the final segments", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 0}}});
    scene.segment_event(Action::segment_alloc, 0x90000, 5000);
    scene.alloc(0x10000, 100);
    scene.segment_event(Action::segment_free, 0x90000, 5000);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.peak_reserved_bytes == 6024);
    CHECK(row.peak_reserved_event == 0);
    CHECK(row.reserved_at_peak_bytes == 6024);
    CHECK(row.end_reserved_bytes == 1024);
}

TEST_CASE("a file without segments has no reserved figures", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 100);
    SECTION("without the key") {}
    SECTION("with an empty list that the trace contradicts") {
        scene.snapshot().has_segments = true;
    }
    const report::DeviceFigures row = figures(scene);
    CHECK_FALSE(row.end_allocated_bytes);
    CHECK_FALSE(row.end_active_bytes);
    CHECK_FALSE(row.end_reserved_bytes);
    CHECK_FALSE(row.peak_reserved_bytes);
    CHECK_FALSE(row.peak_reserved_event);
    CHECK_FALSE(row.reserved_at_peak_bytes);
}

TEST_CASE("a device that released everything has no reserved bytes at the end", "[timeline]") {
    Scene scene;
    scene.snapshot().has_segments = true;
    scene.segment_event(Action::segment_alloc, 0x1000, 2048).alloc(0x1000, 100).free(0x1000, 100);
    scene.segment_event(Action::segment_free, 0x1000, 2048);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.end_allocated_bytes == 0);
    CHECK(row.end_reserved_bytes == 0);
    CHECK(row.peak_reserved_bytes == 2048);
}

TEST_CASE("a trace of a single event does not count as a trace", "[timeline]") {
    Scene scene;
    CHECK_FALSE(figures(scene).has_trace);
    CHECK(figures(scene).complete);
    scene.alloc(0x1000, 100);
    CHECK_FALSE(figures(scene).has_trace);
    CHECK(figures(scene).peak_requested_bytes == 100);
    scene.alloc(0x2000, 100);
    CHECK(figures(scene).has_trace);
}

TEST_CASE("segments alone give the state at the dump", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 1000}, {1024, 0}}});
    const report::DeviceFigures row = figures(scene);
    CHECK_FALSE(row.has_trace);
    CHECK(row.peak_event == -1);
    CHECK(row.peak_requested_bytes == 1000);
    CHECK(row.peak_reserved_bytes == 2048);
    CHECK(row.reserved_at_peak_bytes == 2048);
    CHECK(row.end_requested_bytes == 1000);
    CHECK_FALSE(row.first_time_us);
}

TEST_CASE("first and last time skip events without time", "[timeline]") {
    Scene scene;
    scene.marker().at(7).marker().at(9).marker().at(std::nullopt).marker();
    CHECK(figures(scene).first_time_us == 7);
    CHECK(figures(scene).last_time_us == 9);
}

TEST_CASE("if the file says whether its ring buffer is full, that decides", "[timeline]") {
    Scene scene = ring_of(2000);
    CHECK_FALSE(figures(scene).complete);  // by its length
    scene.snapshot().traces[0].max_entries = 2000;
    CHECK_FALSE(figures(scene).complete);
    scene.snapshot().traces[0].max_entries = 100'000;
    CHECK(figures(scene).complete);
    scene.snapshot().traces[0].overflowed = true;
    CHECK_FALSE(figures(scene).complete);
    scene.snapshot().traces[0].max_entries = 2000;
    scene.snapshot().traces[0].overflowed = false;
    CHECK(figures(scene).complete);
}

TEST_CASE("a trace that only began late is not incomplete", "[timeline]") {
    CHECK(figures(ring_of(1999)).complete);
    CHECK(figures(ring_of(16)).complete);
    CHECK_FALSE(figures(ring_of(1024)).complete);
}

TEST_CASE("traces of equal round length are full ring buffers", "[timeline]") {
    Scene scene;
    for (int i = 0; i < 1000; ++i) scene.marker();
    CHECK(figures(scene).complete);
    scene.device(1);
    for (int i = 0; i < 1000; ++i) scene.marker();
    CHECK_FALSE(figures(scene).complete);
    CHECK_FALSE(scene.tables(1).figures.complete);
    scene.device(1).marker();
    CHECK(figures(scene).complete);
}

TEST_CASE("contradictions in the trace prove missing events", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{1024, 0}}});
    SECTION("more mapped than is there at the end") {
        scene.segment_event(Action::segment_alloc, 0x90000, 5000).marker();
    }
    SECTION("an address handed out again before its completion") {
        scene.alloc(0x1000, 10).free(0x1000, 10).alloc(0x1000, 10).request(0x1000, 10).alloc(0x1000, 10);
    }
    CHECK_FALSE(figures(scene).complete);
}

TEST_CASE("sums of absurd sizes saturate", "[timeline]") {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    Scene scene;
    for (std::uint64_t i = 1; i <= 4; ++i) scene.alloc(i * 512, huge);
    for (std::uint64_t i = 1; i <= 4; ++i) scene.free(i * 512, huge);
    scene.alloc(0x1000, 5);
    const report::DeviceFigures row = figures(scene);
    CHECK(row.peak_requested_bytes == huge);
    CHECK(row.peak_event == 0);
    CHECK(row.end_requested_bytes == 5);
}

}  // namespace
}  // namespace snapq::timeline
