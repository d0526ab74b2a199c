#include "timeline/tables/groups.hpp"

#include <algorithm>
#include <random>

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;

StackTotalRow total_of(const DeviceTables& tables, snapshot::StackId stack, Origin origin = Origin::trace) {
    const auto at = std::find_if(tables.stack_totals.begin(), tables.stack_totals.end(),
                                 [&](const auto& row) { return row.stack == stack && row.origin == origin; });
    REQUIRE(at != tables.stack_totals.end());
    return *at;
}

const StreamTotalRow* stream_of(const DeviceTables& tables, std::optional<std::int64_t> stream,
                                snapshot::TextId pool) {
    for (const StreamTotalRow& row : tables.stream_totals) {
        if (row.stream == stream && row.pool == pool) return &row;
    }
    return nullptr;
}

TEST_CASE("the totals of a stack have its allocations, sizes and maximum", "[timeline]") {
    Scene scene;
    scene.stack("a").alloc(0x1000, 100).alloc(0x2000, 300).free(0x1000, 100);
    scene.stack("b").alloc(0x3000, 5000).free(0x3000, 5000);
    const DeviceTables tables = scene.tables();
    const StackTotalRow a = total_of(tables, scene.stack_id("a"));
    CHECK(a.allocations == 2);
    CHECK(a.total_bytes == 400);
    CHECK(a.min_size == 100);
    CHECK(a.max_size == 300);
    CHECK(a.max_bytes == 400);
    CHECK(a.max_event == 1);
    CHECK(a.peak_bytes == 300);
    CHECK(a.peak_count == 1);
    CHECK(a.end_bytes == 300);
    CHECK(a.end_count == 1);
    const StackTotalRow b = total_of(tables, scene.stack_id("b"));
    CHECK(b.peak_bytes == 5000);
    CHECK(b.end_bytes == 0);
    CHECK_FALSE(b.has_unfreed_tenths);
}

TEST_CASE("one stack has a row for each origin", "[timeline]") {
    Scene scene;
    scene.segment(
        {.address = 0x10000, .blocks = {{1024, 1000, snapshot::BlockState::active_allocated, "s"}}});
    scene.stack("s").free(0x1000, 100).alloc(0x2000, 10);
    scene.stack("").alloc(0x3000, 20);
    const DeviceTables tables = scene.tables();
    CHECK(tables.stack_totals.size() == 4);
    const StackTotalRow kept = total_of(tables, scene.stack_id("s"), Origin::preexisting_kept);
    CHECK(kept.end_bytes == 1000);
    CHECK(kept.max_event == -1);
    CHECK_FALSE(kept.has_unfreed_tenths);
    const StackTotalRow freed = total_of(tables, scene.stack_id("s"), Origin::preexisting_freed);
    CHECK(freed.max_bytes == 100);
    CHECK(freed.max_event == -1);
    CHECK(freed.end_count == 0);
    CHECK(total_of(tables, scene.stack_id("s")).total_bytes == 10);
    CHECK(total_of(tables, snapshot::StackId()).total_bytes == 20);
}

TEST_CASE("unfreed tenths count live allocations by the time of their alloc", "[timeline]") {
    Scene scene;
    scene.stack("leak");
    for (std::uint64_t i = 0; i < 20; ++i) scene.alloc(0x1000 * (i + 1), 8);
    scene.free(0x1000, 8).free(0x2000, 8);  // 24 events: a tenth has 2.4
    const StackTotalRow row = total_of(scene.tables(), scene.stack_id("leak"));
    CHECK(row.has_unfreed_tenths);
    CHECK(row.unfreed_tenths == std::array<std::int64_t, 10>{1, 2, 3, 2, 2, 3, 2, 3, 0, 0});
}

TEST_CASE("live stacks have rows for each moment", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000,
                   .blocks = {{512, 500, snapshot::BlockState::active_allocated, "old"}, {2048, 0}}});
    scene.stack("a").alloc(0x10200, 700).oom(9000, 1);
    scene.stack("b").alloc(0x10600, 800).free(0x10200, 700).free(0x10600, 800);
    const std::vector<LiveStackRow> rows = scene.tables().live_stacks;
    const auto bytes = [&](const std::string& moment, const std::string& stack) {
        std::int64_t sum = 0;
        for (const LiveStackRow& row : rows) {
            if (row.moment == moment && row.stack == scene.stack_id(stack)) sum += row.bytes;
        }
        return sum;
    };
    CHECK(bytes("start", "old") == 500);
    CHECK(bytes("start", "a") == 0);
    CHECK(bytes("oom:0", "a") == 700);
    CHECK(bytes("oom:0", "b") == 0);
    CHECK(bytes("peak", "a") == 700);
    CHECK(bytes("peak", "b") == 800);
    CHECK(bytes("reserved-peak", "old") == 500);
    CHECK(bytes("end", "old") == 500);
    CHECK(bytes("end", "b") == 0);
}

TEST_CASE("a stack has a row for each category of what it holds", "[timeline]") {
    Scene scene;
    scene.stack("forward").alloc(0x10000, 300).alloc(0x20000, 500).alloc(0x30000, 40);
    scene.stack("torch::autograd::Engine::run(int)").free(0x20000, 500);
    scene.stack("forward").free(0x30000, 40);
    std::vector<LiveStackRow> rows = scene.tables().live_stacks;
    std::erase_if(rows, [](const LiveStackRow& row) { return row.moment != "peak"; });
    REQUIRE(rows.size() == 2);
    CHECK((rows[0].category == Category::activation && rows[0].bytes == 800 && rows[0].count == 2));
    CHECK((rows[1].category == Category::forward_temporary && rows[1].bytes == 40 && rows[1].count == 1));
    CHECK(rows[0].stack == rows[1].stack);
}

TEST_CASE("groups without anything live have no row", "[timeline]") {
    Scene scene;
    scene.stack("a").alloc(0x1000, 100).free(0x1000, 100);
    for (const LiveStackRow& row : scene.tables().live_stacks) CHECK(row.moment == "peak");
}

TEST_CASE("memory that is never freed has the stream and pool of its segment", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {}, .stream = 9, .pool = "9,9"});
    scene.segment({.address = 0x20000, .blocks = {{512, 0}, {512, 500}}, .stream = 7, .pool = "1,0"});
    scene.segment({.address = 0x30000, .blocks = {{512, 400}}, .stream = 7});
    scene.alloc(0x1000, 100).free(0x1000, 100);
    scene.stream(7).pool("1,0").alloc(0x20000, 200).free(0x20000, 200);
    const auto pool = scene.snapshot().symbols.intern_text("1,0");
    const DeviceTables tables = scene.tables();
    CHECK(tables.stream_totals.size() == 3);
    const StreamTotalRow* default_stream = stream_of(tables, 0, {});
    REQUIRE(default_stream != nullptr);
    CHECK(default_stream->allocations == 1);
    CHECK(default_stream->max_bytes == 100);
    CHECK(default_stream->peak_bytes == 0);
    const StreamTotalRow* private_pool = stream_of(tables, 7, pool);
    REQUIRE(private_pool != nullptr);
    CHECK(private_pool->allocations == 2);
    CHECK(private_pool->total_bytes == 700);
    CHECK(private_pool->peak_bytes == 700);
    CHECK(private_pool->max_bytes == 700);
    CHECK(private_pool->end_bytes == 500);
    const StreamTotalRow* no_pool = stream_of(tables, 7, {});
    REQUIRE(no_pool != nullptr);
    CHECK(no_pool->end_bytes == 400);
}

TEST_CASE("a device sees its own segments and trace only", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x10000, .blocks = {{512, 500}}});
    scene.segment({.address = 0x10000, .blocks = {{1024, 900}}, .stream = 4, .device = 1});
    scene.device(1).alloc(0x9000, 50);
    const DeviceTables tables = scene.tables(1);
    CHECK(tables.figures.device == 1);
    CHECK(tables.figures.peak_requested_bytes == 950);
    REQUIRE(stream_of(tables, 4, {}) != nullptr);
    CHECK(stream_of(tables, 4, {})->total_bytes == 900);
    CHECK(scene.tables(0).figures.peak_requested_bytes == 500);
}

TEST_CASE("totals agree with the definition of live on random traces", "[timeline]") {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        Scene scene;
        for (int step = 0; step < 200; ++step) {
            const std::uint64_t address = 0x1000 * (1 + random() % 12);
            const auto size = static_cast<std::int64_t>(random() % 3000);
            scene.stack(std::string(1, static_cast<char>('a' + random() % 4)));
            scene.stream(static_cast<std::int64_t>(random() % 2));
            switch (random() % 4) {
                case 0: scene.alloc(address, size); break;
                case 1: scene.request(address, size); break;
                case 2: scene.complete(address, size); break;
                default: scene.oom(size, 1); break;
            }
        }
        const Replay replay = scene.replay();
        const DeviceTables tables =
            tabulate(scene.snapshot(), frames::StackPhases(scene.snapshot().symbols), replay);
        const ElementReader reader(scene.snapshot(), replay.trace, replay.elements);
        const auto live = [&](std::uint32_t idx, std::int64_t event) {
            const std::uint32_t start = replay.elements.alloc_event(idx);
            const std::uint32_t end = replay.elements.end[idx];
            return (start == Elements::k_none ? -1 : std::int64_t{start}) <= event &&
                   (end == Elements::k_none || std::int64_t{end} > event);
        };
        const auto bytes_after = [&](std::int64_t event, auto&& counts) {
            std::int64_t sum = 0;
            for (std::uint32_t idx = 0; idx < replay.elements.size(); ++idx) {
                if (live(idx, event) && counts(idx)) sum += reader.size(idx);
            }
            return sum;
        };
        for (const TimelineRow& row : tables.timeline) {
            REQUIRE(row.requested_bytes == bytes_after(row.event, [](std::uint32_t) { return true; }));
            REQUIRE(row.requested_bytes <= tables.figures.peak_requested_bytes);
        }
        for (const StackTotalRow& row : tables.stack_totals) {
            const auto is_of_row = [&](std::uint32_t idx) {
                return reader.stack(idx) == row.stack && replay.elements.origin(idx) == row.origin;
            };
            REQUIRE(row.peak_bytes == bytes_after(*tables.figures.peak_event, is_of_row));
            REQUIRE(row.end_bytes == bytes_after(*tables.figures.event_count - 1, is_of_row));
            REQUIRE(row.max_bytes == bytes_after(*row.max_event, is_of_row));
            for (std::int64_t event = -1; event < tables.figures.event_count; ++event) {
                REQUIRE(bytes_after(event, is_of_row) <= row.max_bytes - (event < *row.max_event ? 1 : 0));
            }
        }
    }
}

}  // namespace
}  // namespace snapq::timeline
