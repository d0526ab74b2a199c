#include "timeline/replay/annotations.hpp"

#include <fmt/format.h>

#include "support/catch.hpp"
#include "support/trace_builder.hpp"
#include "unit/timeline/replay/replay_text.hpp"

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
