#include <optional>
#include <vector>

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
#include "timeline/replay/replay.hpp"
#include "unit/timeline/replay/replay_text.hpp"

using namespace snapq;
using namespace snapq::tests;

TEST_CASE("An alloc and its free may differ in time and stack without being irregular") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .time_us = 10, .stack = "make"})
        .event({.action = "free_requested", .address = 0xa00, .size = 5, .time_us = 20, .stack = "drop"})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stack = "drop"});
    const Replay result = replay(trace);
    CHECK(other_events_of(result).empty());
    CHECK((result.elements.flags[0] & 7) == 0);
}

TEST_CASE("A free whose fields differ from those of the alloc is kept in other_events") {
    const tests::EventFields plain{.action = "free_requested",
                                   .address = 0xa00,
                                   .size = 5,
                                   .pool = "0,0",
                                   .compile_context = "N/A",
                                   .user_metadata = "",
                                   .forward_frames = "[]"};
    std::vector<tests::EventFields> different(9, plain);
    different[0].size = 6;
    different[1].size.reset();
    different[2].stream = 7;
    different[3].stream.reset();
    different[4].pool = "1,0";
    different[5].compile_context.reset();
    different[6].user_metadata = "x";
    different[7].forward_frames.reset();
    different[8].device_free = 0;
    different.push_back(plain);
    for (std::size_t i = 0; i < different.size(); ++i) {
        TraceBuilder trace;
        tests::EventFields alloc = plain;
        alloc.action = "alloc";
        tests::EventFields completion = plain;
        completion.action = "free_completed";
        trace.event(alloc).event(different[i]).event(completion);
        const Replay result = replay(trace);
        INFO("variant " << i);
        const bool same = i + 1 == different.size();
        CHECK(other_events_of(result) == (same ? Numbers{} : Numbers{1}));
        CHECK((result.elements.flags[0] & 7) == (same ? 0 : timeline::k_irregular_free_requested));
    }
}

TEST_CASE("Two events without stream have the same stream") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .stream = std::nullopt})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stream = std::nullopt});
    CHECK(other_events_of(replay(trace)).empty());
}

TEST_CASE("A completion with another stack than its request is kept in other_events") {
    for (const char* stack : {"other", ""}) {
        TraceBuilder trace;
        trace.alloc(0xa00, 5)
            .event({.action = "free_requested", .address = 0xa00, .size = 5, .stack = "drop"})
            .event({.action = "free_completed", .address = 0xa00, .size = 5, .stack = stack});
        const Replay result = replay(trace);
        CHECK(other_events_of(result) == Numbers{2});
        CHECK((result.elements.flags[0] & 7) == timeline::k_irregular_free_completed);
    }
}

TEST_CASE("The row of memory discovered by a request has the fields of the request") {
    TraceBuilder trace;
    trace.event({.action = "free_requested", .address = 0xa00, .size = 5, .stream = 7, .stack = "drop"})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stream = 8, .stack = "drop"});
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"freed 5 request=0 completion=1 end=1 irregular=4"});
    CHECK(other_events_of(result) == Numbers{1});
}

TEST_CASE("An alloc with a key that rows do not have is kept in other_events and is an element") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .device_free = 3});
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"trace 5 alloc=0 irregular=1"});
    CHECK(other_events_of(result) == Numbers{0});
}

using namespace snapq;
using namespace snapq::tests;

TEST_CASE("An alloc lives until the completion of its free") {
    TraceBuilder trace;
    trace.alloc(0xa00, 100).free_requested(0xa00, 100).alloc(0xb00, 7).free_completed(0xa00, 100);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) ==
          Texts{"trace 100 alloc=0 request=1 completion=3 end=3", "trace 7 alloc=2"});
    CHECK(values_of(result.elements.closes) == Numbers{0});
    CHECK(result.anomalies.empty());
    CHECK(other_events_of(result).empty());
}

TEST_CASE("Memory stays live if its free is only requested") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).alloc(0xb00, 2).free(0xb00, 2);
    const Replay result = replay(trace);
    CHECK(result.completions_recorded);
    CHECK(elements_of(trace, result).front() == "trace 1 alloc=0 request=1");
    CHECK(values_of(result.elements.closes) == Numbers{1});
}

TEST_CASE("A completion without request closes") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_completed(0xa00, 1);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 1 alloc=0 completion=1 end=1"});
}

TEST_CASE("Closes are in the order of ending, not of allocation") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xb00, 2).alloc(0xc00, 3).free(0xb00, 2).free(0xc00, 3).free(0xa00, 1);
    CHECK(values_of(replay(trace).elements.closes) == Numbers{1, 2, 0});
}

TEST_CASE("A reused address is a new element each time") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1).alloc(0xa00, 2).free(0xa00, 2).alloc(0xa00, 3);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=1 completion=2 end=2",
                                              "trace 2 alloc=3 request=4 completion=5 end=5",
                                              "trace 3 alloc=6"});
    CHECK(result.anomalies.empty());
}

TEST_CASE("A zero-size alloc is opened and closed") {
    TraceBuilder trace;
    trace.alloc(0xa00, 0).free(0xa00, 0);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 0 alloc=0 request=1 completion=2 end=2"});
}

TEST_CASE("Address 0 of an event is an address like any other") {
    TraceBuilder trace;
    trace.event({.action = "oom", .size = 5, .device_free = 1}).alloc(0, 4).free(0, 4);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 4 alloc=1 request=2 completion=3 end=3"});
}

TEST_CASE("Other actions never touch memory") {
    for (const char* action : {"annotate", "snapshot", "user_defined", "oom", "segment_alloc", "segment_free",
                               "segment_map", "segment_unmap"}) {
        TraceBuilder trace;
        trace.alloc(0xa00, 1).event({.action = action, .address = 0xa00, .size = 1}).free(0xa00, 1);
        trace.segment(0x100000, 1 << 20);
        const Replay result = replay(trace);
        INFO(action);
        CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=2 completion=3 end=3"});
        CHECK(other_events_of(result) == Numbers{1});
        CHECK(result.anomalies.empty());
    }
}

TEST_CASE("Unknown actions are counted and touch no memory") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1)
        .event({.action = "workspace_snapshot", .address = 0xa00, .size = 1})
        .event({.action = ""});
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unknown_action 2 at 1"});
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0"});
    CHECK(other_events_of(result) == Numbers{1, 2});
}

TEST_CASE("Requests close if the trace has no completion at all") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xb00, 2).alloc(0xa00, 3);
    const Replay result = replay(trace);
    CHECK_FALSE(result.completions_recorded);
    CHECK(elements_of(trace, result) ==
          Texts{"freed 2 request=2 end=2", "trace 1 alloc=0 request=1 end=1", "trace 3 alloc=3"});
    CHECK(values_of(result.elements.closes) == Numbers{1, 0});
    CHECK(result.anomalies.empty());
    CHECK(other_events_of(result).empty());
}

TEST_CASE("A trace without any free does not lack completions") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1);
    CHECK(replay(trace).completions_recorded);
}

TEST_CASE("A second request does not close an element twice") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 2"});
    CHECK(elements_of(trace, result) == Texts{"freed 1 request=2 end=2", "trace 1 alloc=0 request=1 end=1"});
}

TEST_CASE("A free without alloc discovers memory from before the trace, which is not an anomaly") {
    TraceBuilder trace;
    trace.free(0xa00, 10).free_completed(0xb00, 20).free_requested(0xc00, 30).alloc(0xd00, 40);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"freed 30 request=3", "freed 20 completion=2 end=2",
                                              "freed 10 request=0 completion=1 end=1", "trace 40 alloc=4"});
    CHECK(result.elements.freed_count == 3);
    CHECK(values_of(result.elements.closes) == Numbers{2, 1});
    CHECK(result.anomalies.empty());
    CHECK(other_events_of(result).empty());
}

TEST_CASE("An alloc over live memory ends the old element and is counted") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xa00, 2).free(0xa00, 2);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) ==
          Texts{"trace 1 alloc=0 end=1", "trace 2 alloc=1 request=2 completion=3 end=3"});
    CHECK(values_of(result.elements.closes) == Numbers{0, 1});
    CHECK(anomalies_of(result) == Texts{"alloc_over_live 1 at 1"});
}

TEST_CASE("An alloc over memory whose free was requested counts a missing completion") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).alloc(0xa00, 2).free_requested(0xb00, 3).alloc(0xb00, 4);
    trace.free(0xc00, 5);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"missing_completion 2 at 2"});
    CHECK(elements_of(trace, result) == Texts{"freed 5 request=5 completion=6 end=6",
                                              "freed 3 request=3 end=4", "trace 1 alloc=0 request=1 end=2",
                                              "trace 2 alloc=2", "trace 4 alloc=4"});
    CHECK(values_of(result.elements.closes) == Numbers{2, 1, 0});
}

TEST_CASE("A second request for the same memory is unmatched and kept in other_events") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xa00, 1).free_completed(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 2"});
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=1 completion=3 end=3"});
    CHECK(other_events_of(result) == Numbers{2});
}

TEST_CASE("A free at an address that the trace had freed is unmatched, but discovers an element") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1).free(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 3"});
    CHECK(elements_of(trace, result) ==
          Texts{"freed 1 request=3 completion=4 end=4", "trace 1 alloc=0 request=1 completion=2 end=2"});
    CHECK(other_events_of(result).empty());
}

TEST_CASE("An alloc without address or usable size opens nothing") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .size = 5}).event({.action = "alloc", .address = 0xa00}).alloc(0xb00, -1);
    const Replay result = replay(trace);
    CHECK(result.elements.size() == 0);
    CHECK(other_events_of(result) == Numbers{0, 1, 2});
    CHECK(result.anomalies.empty());
}

TEST_CASE("A free matches by address, even without a usable size of its own") {
    TraceBuilder trace;
    trace.alloc(0xa00, 5).event({.action = "free_requested", .address = 0xa00}).free_completed(0xa00, -1);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"trace 5 alloc=0 request=1 completion=2 end=2 irregular=6"});
    CHECK(other_events_of(result) == Numbers{1, 2});
    CHECK(result.anomalies.empty());
}

TEST_CASE("A free without usable address or size is unmatched") {
    TraceBuilder trace;
    trace.event({.action = "free_completed", .size = 5})
        .event({.action = "free_requested", .address = 0xa00});
    trace.free_completed(0xa00, -1).free_completed(0xa00, 3);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 3 at 0"});
    CHECK(elements_of(trace, result) == Texts{"freed 3 completion=3 end=3"});
    CHECK(other_events_of(result) == Numbers{0, 1, 2});
}
