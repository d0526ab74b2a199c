#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/devices.hpp"
#include "support/trace_builder.hpp"
#include "timeline/replay/replay.hpp"
#include "unit/timeline/replay/replay_text.hpp"

using namespace snapq;
using namespace snapq::tests;

TEST_CASE("Devices are those with an event or a segment, ascending, the host last") {
    TraceBuilder trace;
    trace.on_device(5).segment(0x1000, 512).on_device(2).alloc(0xa00, 1).on_device(1).segment(0x2000, 512);
    CHECK(timeline::devices_of(trace.snapshot()) == std::vector<std::int64_t>{1, 2, 5});
    trace.on_device(k_host_device).segment(0x3000, 512);
    CHECK(timeline::devices_of(trace.snapshot()) == std::vector<std::int64_t>{1, 2, 5, k_host_device});
}

TEST_CASE("An empty snapshot has no devices and replays to nothing") {
    TraceBuilder trace;
    CHECK(timeline::devices_of(trace.snapshot()).empty());
    const Replay result = replay(trace);
    CHECK(result.trace == nullptr);
    CHECK(result.elements.size() == 0);
    CHECK(result.anomalies.empty());
    CHECK(result.reserved.start_bytes == 0);
    trace.snapshot().has_segments = false;
    CHECK_FALSE(replay(trace).reserved.known);
}

TEST_CASE("The same address on two devices is different memory") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).on_device(1).alloc(0xa00, 2).free(0xa00, 2);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 1 alloc=0"});
    const Replay other = replay(trace, Preexisting::all, 1);
    CHECK(elements_of(trace, other) == Texts{"trace 2 alloc=0 request=1 completion=2 end=2"});
}

TEST_CASE("Anomalies are ordered by kind, and the same with Preexisting all and freed") {
    for (const bool completions : {true, false}) {
        TraceBuilder trace;
        trace.alloc(0xa00, 1).alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xa00, 1).alloc(0xa00,
                                                                                                      1);
        trace.free_requested(0xb00, 1).free_requested(0xb00, 1).alloc(0xb00, 1).free_requested(0xc00, 1);
        if (completions) trace.free_completed(0xc00, 1).free_completed(0xd00, 1).free_completed(0xd00, 1);
        trace.event({.action = "strange"}).event({.action = "segment_alloc", .size = 1 << 20});
        trace.free_requested(0xe00, 1);
        trace.segment(0x800, 512).block(0xc00, 512, 1).block(0xe00, 512, 1);
        const Replay all = replay(trace, Preexisting::all);
        CHECK(anomalies_of(all) == anomalies_of(replay(trace, Preexisting::freed)));
        if (completions) {
            CHECK(anomalies_of(all) == Texts{"unmatched_free 3 at 3", "alloc_over_live 1 at 1",
                                             "missing_completion 2 at 4", "live_not_in_blocks 2 at 4",
                                             "block_without_alloc 1", "negative_reserved_start 1",
                                             "unknown_action 1 at 12"});
        } else {
            CHECK(anomalies_of(all) == Texts{"unmatched_free 2 at 3", "alloc_over_live 1 at 1",
                                             "live_not_in_blocks 2 at 4", "block_without_alloc 2",
                                             "negative_reserved_start 1", "unknown_action 1 at 9"});
        }
    }
}

TEST_CASE("Preexisting freed leaves out memory that the trace never freed") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xb00, 2).segment(0x1000, 512).block(0x1000, 512, 9);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) == Texts{"freed 2 request=1 completion=2 end=2", "trace 1 alloc=0"});
    CHECK(result.elements.kept_count == 0);
}

TEST_CASE("Preexisting freed has no elements for a device without trace") {
    TraceBuilder trace;
    trace.segment(0x1000, 512).block(0x1000, 512, 9);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(result.elements.size() == 0);
    CHECK(result.reserved.start_bytes == 512);
}

TEST_CASE("Preexisting freed never closes an element at whose address an alloc comes") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xa00, 2).free(0xa00, 2);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) ==
          Texts{"trace 1 alloc=0", "trace 2 alloc=1 request=2 completion=3 end=3"});
    CHECK(values_of(result.elements.closes) == Numbers{1});
}

TEST_CASE("Preexisting freed never closes on a request") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK_FALSE(result.completions_recorded);
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=1"});
    CHECK(result.elements.closes.empty());
    CHECK(other_events_of(result).empty());
}

TEST_CASE("Preexisting freed makes no element of a request without completion") {
    TraceBuilder trace;
    trace.free_requested(0xa00, 1).free_requested(0xb00, 2).alloc(0xb00, 3).free(0xb00, 3);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) == Texts{"trace 3 alloc=2 request=3 completion=4 end=4"});
    CHECK(values_of(result.elements.closes) == Numbers{0});
    CHECK(other_events_of(result) == Numbers{0, 1});
}

TEST_CASE("Preexisting freed discovers memory at its completion") {
    TraceBuilder trace;
    trace.free_requested(0xa00, 1).free_requested(0xb00, 2).free_requested(0xc00, 3);
    trace.free_completed(0xc00, 3).alloc(0xd00, 4).free_completed(0xa00, 1).free(0xd00, 4);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) == Texts{"freed 1 request=0 completion=5 end=5",
                                              "freed 3 request=2 completion=3 end=3",
                                              "trace 4 alloc=4 request=6 completion=7 end=7"});
    CHECK(values_of(result.elements.closes) == Numbers{1, 0, 2});
    CHECK(other_events_of(result) == Numbers{1});
}

using namespace snapq;
using namespace snapq::tests;

namespace {

TraceBuilder& annotate(TraceBuilder& trace, std::uint64_t address, std::string_view text) {
    return trace.event({.action = "annotate", .address = address, .size = 0, .user_metadata = text});
}

// "idx:event" of each annotated element.
Texts annotated_in(TraceBuilder& trace) {
    Texts texts;
    for (const timeline::AnnotatedElement& each : replay(trace).annotated)
        texts.push_back(fmt::format("{}:{}", each.idx, each.event));
    return texts;
}

}  // namespace

TEST_CASE("An annotation belongs to the latest element at its address, even if that was freed") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1);            // 0
    annotate(trace, 0xa00, "first");  // 1
    trace.alloc(0xb00, 1);            // 2
    trace.free(0xa00, 1);             // 3, 4
    annotate(trace, 0xa00, "late");   // 5
    trace.alloc(0xa00, 1);            // 6
    annotate(trace, 0xa00, "third");  // 7
    annotate(trace, 0xa00, "again");  // 8
    annotate(trace, 0xc00, "nobody");
    CHECK(annotated_in(trace) == Texts{"0:1", "0:5", "2:7", "2:8"});
}

TEST_CASE("Memory from before the trace can be annotated") {
    TraceBuilder trace;
    annotate(trace, 0x1000, "weights");                                 // 0
    annotate(trace, 0xa00, "buffer");                                   // 1
    trace.free(0xa00, 1).segment(0x1000, 512).block(0x1000, 512, 500);  // idx 1, idx 0
    CHECK(annotated_in(trace) == Texts{"0:0", "1:1"});
}

TEST_CASE("An annotation without a text, or before all elements of its address, is none") {
    TraceBuilder trace;
    annotate(trace, 0xa00, "early");
    trace.alloc(0xa00, 1).event({.action = "annotate", .address = 0xa00});
    annotate(trace, 0xa00, "");
    CHECK(annotated_in(trace).empty());
}

TEST_CASE("The row of an annotated element gives none of its events back") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xb00, 1).free(0xa00, 1).free(0xb00, 1);
    annotate(trace, 0xa00, "text");
    const Replay result = replay(trace);
    CHECK(result.reproduced == std::vector<bool>{false, true, false, false, true, true, false});
    CHECK((result.elements.flags[0] & 7) == 7);
    CHECK((result.elements.flags[1] & 7) == 0);
}
