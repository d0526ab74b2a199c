#include "timeline/replay/replay.hpp"

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
#include "unit/timeline/replay/replay_text.hpp"

using namespace snapq;
using namespace snapq::tests;
using snapshot::BlockState;

TEST_CASE("Blocks in use without an alloc in the trace are elements from before it") {
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

TEST_CASE("The elements of a device without trace are its blocks in use") {
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

TEST_CASE("Blocks of other devices are ignored") {
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

TEST_CASE("A block of negative size is not an element") {
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

TEST_CASE("Live memory without a block in use is counted if the device has segments") {
    TraceBuilder trace;
    trace.free_requested(0xb00, 2).alloc(0xa00, 1).alloc(0xc00, 3).free(0xd00, 4);
    CHECK(anomalies_of(replay(trace)).empty());
    trace.segment(0x800, 0x1000).block(0xa00, 512, 1, BlockState::inactive).block(0xc00, 512, 3);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"live_not_in_blocks 2 at 0"});
    CHECK(elements_of(trace, result).back() == "trace 3 alloc=2");
}

TEST_CASE("The first event of live_not_in_blocks is the earliest, not that of the lowest address id") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).alloc(0xb00, 2).free(0xa00, 1).alloc(0xa00, 3).segment(0x800, 512);
    CHECK(anomalies_of(replay(trace)) == Texts{"live_not_in_blocks 2 at 1"});
}

TEST_CASE("A block in use at an address that the trace closed is counted, and is an element") {
    TraceBuilder trace;
    trace.alloc(0xa00, 1).free(0xa00, 1).segment(0x800, 0x1000).block(0xa00, 512, 7);
    const Replay result = replay(trace);
    CHECK(anomalies_of(result) == Texts{"block_without_alloc 1"});
    CHECK(elements_of(trace, result) == Texts{"kept 7", "trace 1 alloc=0 request=1 completion=2 end=2"});
}
