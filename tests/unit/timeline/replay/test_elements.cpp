#include "timeline/replay/elements.hpp"

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
#include "timeline/replay/replay.hpp"

using namespace snapq;
using timeline::ElementReader;
using timeline::Elements;
using timeline::Origin;
using timeline::Preexisting;

namespace {

// idx 0 is never freed (a block), 1 is freed in the trace, 2 is allocated and freed in it, 3 is live at its
// end.
struct Sample {
    Sample() {
        builder.event({.action = "alloc", .address = 0xa00, .size = 100, .stack = "make"})
            .event({.action = "free_requested", .address = 0xb00, .size = 200, .stack = "drop"})
            .event({.action = "free_completed", .address = 0xb00, .size = 200, .stack = "later"})
            .event({.action = "free_requested", .address = 0xa00, .size = 100, .stack = "drop"})
            .event({.action = "free_completed", .address = 0xa00, .size = 100, .stack = "drop"})
            .event({.action = "alloc", .address = 0xa00, .size = 300, .stack = ""});
        builder.segment(0xa00, 0x1000)
            .block(0xa00, 512, 300)
            .block(0xc00, 512, 400, snapshot::BlockState::active_allocated, "old");
        replay = timeline::replay_device(builder.snapshot(), 0, Preexisting::all);
    }
    ElementReader reader() { return {builder.snapshot(), replay.trace, replay.elements}; }

    tests::TraceBuilder builder;
    timeline::Replay replay;
};

}  // namespace

TEST_CASE("The origin of an element follows from its position") {
    const Sample sample;
    const Elements& elements = sample.replay.elements;
    REQUIRE(elements.size() == 4);
    CHECK(elements.preexisting_count() == 2);
    CHECK(elements.origin(0) == Origin::preexisting_kept);
    CHECK(elements.origin(1) == Origin::preexisting_freed);
    CHECK(elements.origin(2) == Origin::trace);
    CHECK(elements.origin(3) == Origin::trace);
}

TEST_CASE("Only elements of the trace have an alloc event") {
    const Sample sample;
    CHECK(sample.replay.elements.alloc_event(0) == Elements::k_none);
    CHECK(sample.replay.elements.alloc_event(1) == Elements::k_none);
    CHECK(sample.replay.elements.alloc_event(2) == 0);
    CHECK(sample.replay.elements.alloc_event(3) == 5);
}

TEST_CASE("The completion of an element is its own event, not another event that ended it") {
    tests::TraceBuilder builder;
    builder.alloc(0xa00, 1).alloc(0xa00, 2).free_completed(0xa00, 2);
    const auto replay = timeline::replay_device(builder.snapshot(), 0, Preexisting::all);
    CHECK(replay.elements.end[0] == 1);
    CHECK(replay.elements.free_completed(0) == Elements::k_none);
    CHECK(replay.elements.free_completed(1) == 2);
}

TEST_CASE("Size and address come from the alloc, the free or the block") {
    Sample sample;
    const ElementReader reader = sample.reader();
    CHECK(reader.size(0) == 400);
    CHECK(reader.address(0) == 0xc00);
    CHECK(reader.size(1) == 200);
    CHECK(reader.address(1) == 0xb00);
    CHECK(reader.size(2) == 100);
    CHECK(reader.size(3) == 300);
    CHECK(reader.address(3) == 0xa00);
}

TEST_CASE("Memory is attributed to the stack of its alloc, its free or its block") {
    Sample sample;
    const ElementReader reader = sample.reader();
    CHECK(reader.stack(0) == sample.builder.stack("old"));
    CHECK(reader.stack(1) == sample.builder.stack("drop"));
    CHECK(reader.stack(2) == sample.builder.stack("make"));
    CHECK(reader.stack(3) == sample.builder.stack(""));
}

TEST_CASE("The stack of a free is that of the request, even if the completion has another") {
    Sample sample;
    const ElementReader reader = sample.reader();
    CHECK(reader.free_stack(0).is_none());
    CHECK(reader.free_stack(1) == sample.builder.stack("drop"));
    CHECK(reader.free_stack(2) == sample.builder.stack("drop"));
    CHECK(reader.free_stack(3).is_none());
}

TEST_CASE("A completion without request gives the stack of the free") {
    tests::TraceBuilder builder;
    builder.alloc(0xa00, 1).event({.action = "free_completed", .address = 0xa00, .size = 1, .stack = "drop"});
    const auto replay = timeline::replay_device(builder.snapshot(), 0, Preexisting::all);
    const ElementReader reader(builder.snapshot(), replay.trace, replay.elements);
    CHECK(reader.stack(0).is_none());
    CHECK(reader.free_stack(0) == builder.stack("drop"));
}

TEST_CASE("An element has either a shape or a block") {
    Sample sample;
    const ElementReader reader = sample.reader();
    CHECK(reader.shape(0) == nullptr);
    REQUIRE(reader.block(0) != nullptr);
    CHECK(reader.block(0)->requested == 400);
    REQUIRE(reader.shape(1) != nullptr);
    CHECK(reader.shape(1)->action == snapshot::Action::free_requested);
    CHECK(reader.block(1) == nullptr);
    CHECK(reader.shape(2)->action == snapshot::Action::alloc);
}

TEST_CASE("The elements of a device without trace are read from its blocks") {
    tests::TraceBuilder builder;
    builder.segment(0x1000, 0x1000).block(0x1000, 512, 10).block(0x1200, 512, 20);
    const auto replay = timeline::replay_device(builder.snapshot(), 0, Preexisting::all);
    const ElementReader reader(builder.snapshot(), nullptr, replay.elements);
    REQUIRE(replay.elements.size() == 2);
    CHECK(reader.size(0) == 20);
    CHECK(reader.size(1) == 10);
    CHECK(reader.address(1) == 0x1000);
}
