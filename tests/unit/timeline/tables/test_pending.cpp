#include "support/catch.hpp"
#include "timeline/tables/makers.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

const PendingRow* row_at(const DeviceTables& tables, const std::string& moment) {
    for (const PendingRow& row : tables.pending) {
        if (row.moment == moment) return &row;
    }
    return nullptr;
}

TEST_CASE("memory is pending from the request of its free until its completion", "[timeline]") {
    Scene scene;
    scene.stack("model").alloc(512, 100).alloc(1024, 200);     // events 0, 1
    scene.stack("step").request(512, 100).request(1024, 200);  // 2, 3
    scene.stack("late").alloc(2048, 50);                       // 4: the peak
    scene.complete(512, 100).complete(1024, 200);              // 5, 6
    const DeviceTables tables = scene.tables();
    const PendingRow* peak = row_at(tables, "peak");
    REQUIRE(peak != nullptr);
    CHECK(peak->bytes == 300);
    CHECK(peak->count == 2);
    CHECK(peak->first_event == 2);
    CHECK(peak->stack == scene.stack_id("model"));
    CHECK(peak->free_stack == scene.stack_id("step"));
    CHECK(row_at(tables, "end") == nullptr);
    CHECK(row_at(tables, "start") == nullptr);
}

TEST_CASE("frees that complete at once, or at no moment, are not pending", "[timeline]") {
    Scene scene;
    scene.alloc(512, 100).free(512, 100).alloc(512, 300).alloc(1024, 10).request(1024, 10).marker().complete(
        1024, 10);
    CHECK(row_at(scene.tables(), "peak") == nullptr);
    CHECK(scene.tables().pending.empty());
}

TEST_CASE("without completions, a request ends the memory and nothing is pending", "[timeline]") {
    Scene scene;
    scene.alloc(512, 100).request(512, 100).alloc(1024, 300).alloc(2048, 10);
    CHECK(scene.tables().pending.empty());
}

TEST_CASE("what is never completed is pending at the end and at each OOM", "[timeline]") {
    Scene scene;
    scene.alloc(512, 100).alloc(1024, 7).free(1024, 7).request(512, 100).oom(1000, 0).alloc(1024, 7);
    const DeviceTables tables = scene.tables();
    REQUIRE(row_at(tables, "oom:0") != nullptr);
    CHECK(row_at(tables, "oom:0")->bytes == 100);
    REQUIRE(row_at(tables, "end") != nullptr);
    CHECK(row_at(tables, "end")->first_event == 4);
}

TEST_CASE("a block that was freed before the trace is pending at all moments", "[timeline]") {
    Scene scene;
    scene.segment(
        {.address = 1 << 20, .blocks = {{512, 500, snapshot::BlockState::active_pending_free}, {512, 400}}});
    scene.alloc(512, 100).free(512, 100);
    const DeviceTables tables = scene.tables();
    for (const char* moment : {"start", "peak", "end"}) {
        REQUIRE(row_at(tables, moment) != nullptr);
        CHECK(row_at(tables, moment)->bytes == 500);
        CHECK_FALSE(row_at(tables, moment)->first_event);
    }
}

}  // namespace
}  // namespace snapq::timeline
