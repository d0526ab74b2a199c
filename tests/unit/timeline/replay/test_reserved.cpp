#include "timeline/replay/replay.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/devices.hpp"
#include "support/trace_builder.hpp"
#include "unit/timeline/replay/replay_text.hpp"

using namespace snapq;
using namespace snapq::tests;

TEST_CASE("Reserved bytes at the start follow from the end and the segment events") {
    TraceBuilder trace;
    trace.event({.action = "segment_alloc", .address = 0x1000, .size = 100})
        .event({.action = "segment_unmap", .address = 0x9000, .size = 7})
        .event({.action = "snapshot"})
        .event({.action = "segment_map", .address = 0x2000, .size = 30})
        .event({.action = "segment_free", .address = 0x9000, .size = 2});
    trace.segment(0x1000, 100).segment(0x2000, 50);
    const Replay result = replay(trace);
    CHECK(result.reserved.known);
    CHECK(result.reserved.start_bytes == 150 - 130 + 9);
    CHECK(values_of(result.reserved.events) == Numbers{0, 1, 3, 4});
    CHECK(result.anomalies.empty());
}

TEST_CASE("Reserved bytes are unknown without segments and segment events") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1);
    CHECK_FALSE(replay(trace).reserved.known);
    trace.event({.action = "segment_alloc", .size = 0});
    CHECK(replay(trace).reserved.known);
}

TEST_CASE("A device without segments holds nothing where the list has those of another device") {
    TraceBuilder trace;
    trace.segment(0x1000, 100).on_device(1).event({.action = "snapshot"});
    const Replay result = replay(trace, Preexisting::all, 1);
    CHECK(result.reserved.known);
    CHECK(result.reserved.final_segments_known);
    CHECK(result.reserved.start_bytes == 0);
}

TEST_CASE("An empty list of segments is believed unless the trace leaves something") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1);
    CHECK(replay(trace).reserved.final_segments_known);
    SECTION("live") {
        trace.alloc(0xa00, 1);
    }
    SECTION("reserved") {
        trace.event({.action = "segment_alloc", .size = 100});
    }
    const Replay result = replay(trace);
    CHECK_FALSE(result.reserved.final_segments_known);
    CHECK(result.reserved.start_bytes == 0);
    CHECK(result.anomalies.empty());
}

TEST_CASE("Pinned host memory has a list of segments of its own") {
    TraceBuilder trace;
    trace.segment(0x1000, 100).on_device(k_host_device).event({.action = "snapshot"});
    CHECK_FALSE(replay(trace, Preexisting::all, k_host_device).reserved.known);
    trace.snapshot().has_host_segments = true;
    CHECK(replay(trace, Preexisting::all, k_host_device).reserved.final_segments_known);
    trace.segment(0x9000, 64);
    CHECK(replay(trace, Preexisting::all, k_host_device).reserved.start_bytes == 64);
    CHECK(replay(trace).reserved.start_bytes == 100);
}

TEST_CASE("A negative start of reserved bytes is clamped and counted") {
    TraceBuilder trace;
    trace.event({.action = "segment_alloc", .size = 100}).segment(0x1000, 40);
    const Replay result = replay(trace);
    CHECK(result.reserved.start_bytes == 0);
    CHECK(anomalies_of(result) == Texts{"negative_reserved_start 1"});
}

TEST_CASE("Without the key segments a negative start is not counted") {
    TraceBuilder trace;
    trace.event({.action = "segment_alloc", .size = 100});
    trace.snapshot().has_segments = false;
    const Replay result = replay(trace);
    CHECK(result.reserved.start_bytes == 0);
    CHECK(result.anomalies.empty());
}

TEST_CASE("Segment events without a positive size change nothing") {
    TraceBuilder trace;
    trace.event({.action = "segment_alloc"})
        .event({.action = "segment_free", .size = -5})
        .segment(0x1000, 10);
    const Replay result = replay(trace);
    CHECK(result.reserved.start_bytes == 10);
    CHECK(result.reserved.events.empty());
}

TEST_CASE("Sums of hostile sizes saturate") {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    TraceBuilder trace;
    trace.event({.action = "segment_free", .size = most}).event({.action = "segment_free", .size = most});
    trace.segment(0x1000, most)
        .segment(0x2000, most)
        .segment(0x3000, std::numeric_limits<std::int64_t>::min());
    CHECK(replay(trace).reserved.start_bytes == most);
    trace.event({.action = "segment_alloc", .size = most}).event({.action = "segment_alloc", .size = most});
    const Replay result = replay(trace);
    CHECK(result.reserved.start_bytes == 0);
    CHECK(result.anomalies.empty());
}
