#include "timeline/replay/replay.hpp"

#include <optional>
#include <vector>

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
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
