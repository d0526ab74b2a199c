#include "snapq/timeline/replay.hpp"

#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/trace_builder.hpp"

using namespace snapq;
using snapshot::BlockState;
using test::TraceBuilder;
using timeline::Elements;
using timeline::Preexisting;
using timeline::Replay;

namespace {

Replay replay(TraceBuilder& trace, Preexisting preexisting = Preexisting::all, std::int64_t device = 0) {
    return timeline::replay_device(trace.snapshot(), device, preexisting);
}

// An element as text: origin and size, then whichever events it has, such as "trace 512 alloc=0 request=1
// end=1".
std::string describe(TraceBuilder& trace, const Replay& replay, std::uint32_t idx) {
    static constexpr std::array<const char*, 3> k_origins{"kept", "freed", "trace"};
    const Elements& elements = replay.elements;
    const timeline::ElementReader reader(trace.snapshot(), replay.trace, elements);
    std::string text = k_origins[static_cast<std::size_t>(elements.origin(idx))];
    text += fmt::format(" {}", reader.size(idx));
    const auto add = [&](const char* name, std::uint32_t event) {
        if (event != Elements::k_none) text += fmt::format(" {}={}", name, event);
    };
    add("alloc", elements.alloc_event(idx));
    add("request", elements.free_requested[idx]);
    add("completion", elements.free_completed(idx));
    add("end", elements.end[idx]);
    const int irregular = elements.flags[idx] & 7;
    if (irregular != 0) text += fmt::format(" irregular={}", irregular);
    return text;
}

using Texts = std::vector<std::string>;

Texts elements_of(TraceBuilder& trace, const Replay& replay) {
    Texts texts;
    for (std::uint32_t idx = 0; idx < replay.elements.size(); ++idx)
        texts.push_back(describe(trace, replay, idx));
    return texts;
}

std::vector<std::uint32_t> values_of(const BlockVector<std::uint32_t>& column) {
    std::vector<std::uint32_t> values;
    for (std::size_t i = 0; i < column.size(); ++i) values.push_back(column[i]);
    return values;
}

// Such as "unmatched_free 2 at 5".
Texts anomalies_of(const Replay& replay) {
    Texts texts;
    for (const snapshot::AnomalyCount& anomaly : replay.anomalies) {
        CHECK(anomaly.device == replay.device);
        std::string text = fmt::format(
            "{} {}", snapshot::k_anomaly_names[static_cast<std::size_t>(anomaly.kind)], anomaly.count);
        if (anomaly.first_event) text += fmt::format(" at {}", *anomaly.first_event);
        texts.push_back(text);
    }
    return texts;
}

std::vector<std::uint32_t> other_events_of(const Replay& replay) {
    std::vector<std::uint32_t> events;
    for (std::uint32_t event = 0; event < replay.reproduced.size(); ++event) {
        if (!replay.reproduced[event]) events.push_back(event);
    }
    return events;
}

using Numbers = std::vector<std::uint32_t>;

}  // namespace

// ---- devices

TEST_CASE("Devices are those with an event or a segment, ascending") {
    TraceBuilder trace;
    trace.on_device(5).segment(0x1000, 512).on_device(2).alloc(0xa00, 1).on_device(1).segment(0x2000, 512);
    CHECK(timeline::devices_of(trace.snapshot()) == std::vector<std::int64_t>{1, 2, 5});
}

TEST_CASE("An empty snapshot has no devices and replays to nothing") {
    TraceBuilder trace;
    CHECK(timeline::devices_of(trace.snapshot()).empty());
    const Replay result = replay(trace);
    CHECK(result.trace == nullptr);
    CHECK(result.elements.size() == 0);
    CHECK(result.anomalies.empty());
    CHECK_FALSE(result.reserved.known);
}

TEST_CASE("The same address on two devices is different memory") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).on_device(1).alloc(0xa00, 2).free(0xa00, 2);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 1 alloc=0"});
    const Replay other = replay(trace, Preexisting::all, 1);
    CHECK(elements_of(trace, other) == Texts{"trace 2 alloc=0 request=1 completion=2 end=2"});
}

// ---- pairing

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

TEST_CASE("A free that is only requested leaves its memory live") {
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

TEST_CASE("Closes are in the order of ending, whatever the order of allocation") {
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

// ---- without completions

TEST_CASE("Where no completion was recorded at all, requests close") {
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

TEST_CASE("A second request closes nothing twice where requests close") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 2"});
    CHECK(elements_of(trace, result) == Texts{"freed 1 request=2 end=2", "trace 1 alloc=0 request=1 end=1"});
}

// ---- memory from before the trace

TEST_CASE("A free without alloc reveals memory from before, which is no anomaly") {
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

TEST_CASE("Blocks in use that the trace does not know are memory that outlived it") {
    TraceBuilder trace;
    trace.alloc(0x1200, 5).free(0xb00, 6);
    trace.segment(0x1000, 0x1000)
        .block(0x1000, 512, 500)
        .block(0x1200, 512, 5)
        .block(0x1400, 512, 0, BlockState::inactive)
        .block(0x1600, 512, 300, BlockState::active_pending_free);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) ==
          Texts{"kept 300", "kept 500", "freed 6 request=1 completion=2 end=2", "trace 5 alloc=0"});
    CHECK(result.elements.kept_count == 2);
    CHECK(values_of(result.elements.closes) == Numbers{2});
    CHECK(result.anomalies.empty());
}

TEST_CASE("A device with segments only is replayed to its blocks in use") {
    TraceBuilder trace;
    trace.on_device(3)
        .segment(0x1000, 0x1000)
        .block(0x1000, 512, 1)
        .on_device(0)
        .segment(0x9000, 512)
        .block(0x9000, 512, 2);
    const Replay result = replay(trace, Preexisting::all, 3);
    CHECK(result.trace == nullptr);
    CHECK(elements_of(trace, result) == Texts{"kept 1"});
    CHECK(result.reserved.known);
    CHECK(result.reserved.start_bytes == 0x1000);
    CHECK(result.anomalies.empty());
}

TEST_CASE("Blocks of other devices are not looked at") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).on_device(1).segment(0xa00, 512).block(0xa00, 512, 1).block(0xc00, 512, 2);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 1 alloc=0"});
    CHECK(elements_of(trace, replay(trace, Preexisting::all, 1)) == Texts{"kept 2", "kept 1"});
}

TEST_CASE("Two blocks in use at one unknown address are two elements") {
    TraceBuilder trace;
    trace.segment(0x1000, 512).block(0x1000, 0, 1).block(0x1000, 512, 2);
    CHECK(elements_of(trace, replay(trace)) == Texts{"kept 2", "kept 1"});
}

TEST_CASE("A block of negative size is no element") {
    TraceBuilder trace;
    trace.segment(0x1000, 512).block(0x1000, 512, -5);
    CHECK(replay(trace).elements.size() == 0);
}

TEST_CASE("Addresses above 2^63 are found in the trace") {
    const std::uint64_t high = 0xff00'0000'0000'0200U;
    TraceBuilder trace;
    trace.alloc(high, 9).segment(high, 512).block(high, 512, 9);
    CHECK(elements_of(trace, replay(trace)) == Texts{"trace 9 alloc=0"});
}

// ---- anomalies

TEST_CASE("An alloc over live memory ends the old element and is counted") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xa00, 2).free(0xa00, 2);
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) ==
          Texts{"trace 1 alloc=0 end=1", "trace 2 alloc=1 request=2 completion=3 end=3"});
    CHECK(values_of(result.elements.closes) == Numbers{0, 1});
    CHECK(anomalies_of(result) == Texts{"alloc_over_live 1 at 1"});
}

TEST_CASE("An alloc over memory whose free was requested tells of a missing completion") {
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

TEST_CASE("A second request for the same memory is unmatched and kept verbatim") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1).free_requested(0xa00, 1).free_completed(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 2"});
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=1 completion=3 end=3"});
    CHECK(other_events_of(result) == Numbers{2});
}

TEST_CASE("A free at an address that the trace had freed is unmatched, yet reveals an element") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1).free(0xa00, 1);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 1 at 3"});
    CHECK(elements_of(trace, result) ==
          Texts{"freed 1 request=3 completion=4 end=4", "trace 1 alloc=0 request=1 completion=2 end=2"});
    CHECK(other_events_of(result).empty());
}

TEST_CASE("Memory live in the trace without a block in use is counted where there are segments") {
    TraceBuilder trace;
    trace.free_requested(0xb00, 2).alloc(0xa00, 1).alloc(0xc00, 3).free(0xd00, 4);
    CHECK(anomalies_of(replay(trace)).empty());
    trace.segment(0x800, 0x1000).block(0xa00, 512, 1, BlockState::inactive).block(0xc00, 512, 3);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"live_not_in_blocks 2 at 0"});
    CHECK(elements_of(trace, result).back() == "trace 3 alloc=2");
}

TEST_CASE("The first event of memory without block is the earliest, not that of the lowest address id") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xb00, 2).free(0xa00, 1).alloc(0xa00, 3).segment(0x800, 512);
    CHECK(anomalies_of(replay(trace)) == Texts{"live_not_in_blocks 2 at 1"});
}

TEST_CASE("A block in use where the trace had closed its address is counted, and is an element") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1).segment(0x800, 0x1000).block(0xa00, 512, 7);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"block_without_alloc 1"});
    CHECK(elements_of(trace, result) == Texts{"kept 7", "trace 1 alloc=0 request=1 completion=2 end=2"});
}

TEST_CASE("Anomalies are ordered by kind and the same in both modes") {
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

// ---- what an entry may lack

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

TEST_CASE("A free too vague to match or reveal anything is unmatched") {
    TraceBuilder trace;
    trace.event({.action = "free_completed", .size = 5})
        .event({.action = "free_requested", .address = 0xa00});
    trace.free_completed(0xa00, -1).free_completed(0xa00, 3);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"unmatched_free 3 at 0"});
    CHECK(elements_of(trace, result) == Texts{"freed 3 completion=3 end=3"});
    CHECK(other_events_of(result) == Numbers{0, 1, 2});
}

// ---- what rows give back

TEST_CASE("Times and the stack of the alloc differ from the free's without being irregular") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .time_us = 10, .stack = "make"})
        .event({.action = "free_requested", .address = 0xa00, .size = 5, .time_us = 20, .stack = "drop"})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stack = "drop"});
    const Replay result = replay(trace);
    CHECK(other_events_of(result).empty());
    CHECK((result.elements.flags[0] & 7) == 0);
}

TEST_CASE("A free whose fields differ from the alloc's stands verbatim in other_events") {
    const test::EventFields plain{.action = "free_requested",
                                  .address = 0xa00,
                                  .size = 5,
                                  .pool = "0,0",
                                  .compile_context = "N/A",
                                  .user_metadata = "",
                                  .forward_frames = "[]"};
    std::vector<test::EventFields> different(9, plain);
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
        test::EventFields alloc = plain;
        alloc.action = "alloc";
        test::EventFields completion = plain;
        completion.action = "free_completed";
        trace.event(alloc).event(different[i]).event(completion);
        const Replay result = replay(trace);
        INFO("variant " << i);
        const bool same = i + 1 == different.size();
        CHECK(other_events_of(result) == (same ? Numbers{} : Numbers{1}));
        CHECK((result.elements.flags[0] & 7) == (same ? 0 : timeline::k_irregular_free_requested));
    }
}

TEST_CASE("A missing stream agrees with a missing stream") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .stream = std::nullopt})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stream = std::nullopt});
    CHECK(other_events_of(replay(trace)).empty());
}

TEST_CASE("A completion with another stack than its request stands verbatim") {
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

TEST_CASE("The row of memory revealed by a request takes the request's fields") {
    TraceBuilder trace;
    trace.event({.action = "free_requested", .address = 0xa00, .size = 5, .stream = 7, .stack = "drop"})
        .event({.action = "free_completed", .address = 0xa00, .size = 5, .stream = 8, .stack = "drop"});
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"freed 5 request=0 completion=1 end=1 irregular=4"});
    CHECK(other_events_of(result) == Numbers{1});
}

TEST_CASE("An alloc with a key that rows do not have stands verbatim and is an element") {
    TraceBuilder trace;
    trace.event({.action = "alloc", .address = 0xa00, .size = 5, .device_free = 3});
    const Replay result = replay(trace);
    CHECK(elements_of(trace, result) == Texts{"trace 5 alloc=0 irregular=1"});
    CHECK(other_events_of(result) == Numbers{0});
}

// ---- mode freed

TEST_CASE("Mode freed leaves out what outlived the trace") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xb00, 2).segment(0x1000, 512).block(0x1000, 512, 9);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) == Texts{"freed 2 request=1 completion=2 end=2", "trace 1 alloc=0"});
    CHECK(result.elements.kept_count == 0);
}

TEST_CASE("Mode freed shows nothing of a device without trace") {
    TraceBuilder trace;
    trace.segment(0x1000, 512).block(0x1000, 512, 9);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(result.elements.size() == 0);
    CHECK(result.reserved.start_bytes == 512);
}

TEST_CASE("Mode freed forgets what an alloc covers, and never closes it") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xa00, 2).free(0xa00, 2);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) ==
          Texts{"trace 1 alloc=0", "trace 2 alloc=1 request=2 completion=3 end=3"});
    CHECK(values_of(result.elements.closes) == Numbers{1});
}

TEST_CASE("Mode freed never closes on a request") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free_requested(0xa00, 1);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK_FALSE(result.completions_recorded);
    CHECK(elements_of(trace, result) == Texts{"trace 1 alloc=0 request=1"});
    CHECK(result.elements.closes.empty());
    CHECK(other_events_of(result).empty());
}

TEST_CASE("Mode freed makes no element of a request alone") {
    TraceBuilder trace;
    trace.free_requested(0xa00, 1).free_requested(0xb00, 2).alloc(0xb00, 3).free(0xb00, 3);
    const Replay result = replay(trace, Preexisting::freed);
    CHECK(elements_of(trace, result) == Texts{"trace 3 alloc=2 request=3 completion=4 end=4"});
    CHECK(values_of(result.elements.closes) == Numbers{0});
    CHECK(other_events_of(result) == Numbers{0, 1});
}

TEST_CASE("Mode freed discovers memory at its completion") {
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

// ---- reserved bytes

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

TEST_CASE("Nothing is known of reserved bytes without segments and segment events") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1);
    CHECK_FALSE(replay(trace).reserved.known);
    trace.event({.action = "segment_alloc", .size = 0});
    CHECK(replay(trace).reserved.known);
}

TEST_CASE("A negative start of reserved bytes is clamped and counted") {
    TraceBuilder trace;
    trace.event({.action = "segment_alloc", .size = 100}).segment(0x1000, 40);
    const Replay result = replay(trace);
    CHECK(result.reserved.start_bytes == 0);
    CHECK(anomalies_of(result) == Texts{"negative_reserved_start 1"});
}

TEST_CASE("Without the key of segments a negative start proves nothing") {
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
