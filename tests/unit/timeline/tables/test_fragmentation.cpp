#include "timeline/tables/makers.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;

report::Fragmentation row_at(const std::vector<report::Fragmentation>& rows, const std::string& moment) {
    const auto at =
        std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.moment == moment; });
    REQUIRE(at != rows.end());
    return *at;
}

// Every row with parts must add up.
std::vector<report::Fragmentation> checked_rows(const Scene& scene) {
    std::vector<report::Fragmentation> rows = scene.tables().fragmentation;
    for (const report::Fragmentation& row : rows) {
        if (!row.rounding_bytes) continue;
        CHECK(*row.requested_bytes + *row.rounding_bytes + *row.cached_bytes + *row.stranded_bytes ==
              *row.reserved_bytes);
        CHECK(*row.rounding_bytes >= 0);
        CHECK(*row.stranded_bytes >= 0);
    }
    return rows;
}

TEST_CASE("the parts of the end come from the final blocks", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{1024, 1000}, {2048, 0}, {512, 1}, {4096, 0}}});
    scene.segment({.address = 0x200000, .blocks = {{8192, 0}}});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK_FALSE(row.estimated);
    CHECK(row.reserved_bytes == 1024 + 2048 + 512 + 4096 + 8192);
    CHECK(row.requested_bytes == 1001);
    CHECK(row.rounding_bytes == 24 + 511);
    CHECK(row.cached_bytes == 8192);
    CHECK(row.stranded_bytes == 6144);
    CHECK(row.segments == 2);
    CHECK(row.cached_segments == 1);
    CHECK(row.holes == 2);
    CHECK(row.largest_hole_bytes == 4096);
    CHECK(row.largest_cached_segment_bytes == 8192);
}

TEST_CASE("largest_hole_bytes is never above the stranded bytes", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{1024, 1000}}});
    scene.segment({.address = 0x200000, .blocks = {{k_mib, 0}}});
    scene.segment({.address = 0x400000, .blocks = {{2 * k_mib, 0}}});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK(row.stranded_bytes == 0);
    CHECK(row.holes == 0);
    CHECK(row.largest_hole_bytes == 0);
    CHECK(row.largest_cached_segment_bytes == 2 * k_mib);
}

TEST_CASE("pools and streams have rows of their own at each moment", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{1024, 1000}, {1024, 0}}, .pool = "0,0", .type = "small"});
    scene.segment({.address = 0x200000, .blocks = {{4096, 0}}, .stream = 7, .pool = "0,0", .type = "small"});
    scene.segment({.address = 0x300000, .blocks = {{2048, 2000}, {512, 0}}, .pool = "1,0", .type = "small"});
    scene.segment({.address = 0x400000, .blocks = {{2048, 2000}, {1024, 0}}, .pool = "1,0", .type = "small"});
    scene.marker().marker();
    const DeviceTables tables = scene.tables();
    const auto row_of = [&](const std::string& moment, std::string_view pool, std::int64_t stream) {
        const auto at = std::find_if(tables.pools.begin(), tables.pools.end(), [&](const auto& row) {
            return row.usage.moment == moment && row.stream == stream &&
                   scene.snapshot().symbols.text(row.pool) == pool;
        });
        REQUIRE(at != tables.pools.end());
        return *at;
    };
    for (const char* moment : {"start", "peak", "end", "event:0", "event:1"}) {
        INFO(moment);
        CHECK(row_of(moment, "0,0", 0).usage.stranded_bytes == 1024);
        CHECK(row_of(moment, "0,0", 7).usage.cached_bytes == 4096);
        CHECK(row_of(moment, "0,0", 7).usage.largest_cached_segment_bytes == 4096);
        const report::Fragmentation graph = row_of(moment, "1,0", 0).usage;
        CHECK(graph.reserved_bytes == 2048 + 512 + 2048 + 1024);
        CHECK(graph.requested_bytes == 4000);
        CHECK(graph.rounding_bytes == 96);
        CHECK(graph.stranded_bytes == 1536);
        CHECK(graph.holes == 2);
        CHECK(graph.largest_hole_bytes == 1024);
    }
    CHECK(row_of("event:1", "0,0", 0).event == 1);
}

TEST_CASE("the number of pools at a moment is limited", "[timeline]") {
    Scene scene;
    for (std::uint64_t i = 0; i < k_max_pools + 10; ++i) {
        scene.segment({.address = (i + 1) << 24,
                       .blocks = {{static_cast<std::int64_t>(512 * (i + 1)), 0}},
                       .stream = static_cast<std::int64_t>(i)});
    }
    const DeviceTables tables = scene.tables();
    CHECK(tables.pools.size() == 4 * k_max_pools);  // start, peak, reserved-peak, end
    CHECK(tables.pools.front().usage.reserved_bytes == 512 * static_cast<std::int64_t>(k_max_pools + 10));
}

TEST_CASE("memory that --preexisting freed leaves out is not taken for free", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{2048, 2000}, {2048, 0}}});
    scene.alloc(0x100800, 2048).free(0x100800, 2048).marker();
    const Replay freed = replay_device(scene.snapshot(), 0, Preexisting::freed);
    const DeviceTables tables =
        tabulate(scene.snapshot(), frames::StackPhases(scene.snapshot().symbols), freed);
    CHECK_FALSE(row_at(tables.fragmentation, "peak").stranded_bytes);
    CHECK(row_at(tables.fragmentation, "end").stranded_bytes == 2048);
    CHECK(row_at(checked_rows(scene), "peak").stranded_bytes == 0);
}

TEST_CASE("a file of segments only is exact at every moment", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{1024, 1000}, {1024, 0}}});
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    REQUIRE(rows.size() == 4);
    for (const report::Fragmentation& row : rows) {
        CHECK_FALSE(row.estimated);
        CHECK(row.stranded_bytes == 1024);
    }
}

TEST_CASE("a full segment has no fragmentation at all", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{2048, 2048}, {512, 512}}});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK(row.rounding_bytes == 0);
    CHECK(row.cached_bytes == 0);
    CHECK(row.stranded_bytes == 0);
    CHECK(row.holes == 0);
    CHECK(row.largest_hole_bytes == 0);
}

TEST_CASE("one small block can strand nearly all of a segment", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{99 * 512, 0}, {512, 512}}});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK(row.stranded_bytes == 99 * 512);
    CHECK(row.reserved_bytes == 100 * 512);
    CHECK(row.holes == 1);
    CHECK(row.largest_hole_bytes == 99 * 512);
}

TEST_CASE("bytes that no block covers are free", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{512, 512}}, .rest = 1000});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK(row.stranded_bytes == 1000);
    CHECK(row.holes == 1);
}

TEST_CASE("the peak is estimated with the segments of its time", "[timeline]") {
    Scene scene;
    // A block that is never freed in a 2 MiB segment, and a segment that is allocated and freed.
    scene.segment({.address = 0x1000000, .blocks = {{k_mib, k_mib}, {k_mib, 0}}});
    scene.segment_event(Action::segment_alloc, 0x9000000, 4 * k_mib);
    scene.segment_event(Action::segment_alloc, 0xa000000, k_mib);
    scene.alloc(0x9000000 + k_mib, 1000);
    scene.alloc(0x9000000 + 2 * k_mib, k_mib);
    scene.free(0x9000000 + 2 * k_mib, k_mib).free(0x9000000 + k_mib, 1000);
    scene.segment_event(Action::segment_free, 0x9000000, 4 * k_mib);
    scene.segment_event(Action::segment_free, 0xa000000, k_mib);
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    const report::Fragmentation peak = row_at(rows, "peak");
    CHECK(peak.estimated);
    CHECK(peak.reserved_bytes == 7 * k_mib);
    CHECK(peak.requested_bytes == 2 * k_mib + 1000);
    CHECK(peak.rounding_bytes == 24);
    CHECK(peak.cached_bytes == k_mib);
    CHECK(peak.stranded_bytes == 4 * k_mib - 1024);
    CHECK(peak.segments == 3);
    CHECK(peak.cached_segments == 1);
    CHECK(peak.holes == 4);
    CHECK(peak.largest_hole_bytes == k_mib);
    CHECK(peak.largest_cached_segment_bytes == k_mib);
    const report::Fragmentation start = row_at(rows, "start");
    CHECK(start.estimated);
    CHECK(start.segments == 1);
    CHECK(start.stranded_bytes == k_mib);
    CHECK_FALSE(row_at(rows, "end").estimated);
}

TEST_CASE("segment_map and segment_unmap are undone in their own sizes", "[timeline]") {
    Scene scene;
    constexpr std::uint64_t base = 0x10000000;
    const auto at = [](std::int64_t mib) { return base + static_cast<std::uint64_t>(mib * k_mib); };
    scene.segment({.address = at(0), .blocks = {{2 * k_mib, 2 * k_mib}}, .expandable = true});
    scene.segment({.address = at(6), .blocks = {{2 * k_mib, 0}}, .expandable = true});
    scene.segment_event(Action::segment_map, at(0), 4 * k_mib);
    scene.alloc(at(0), 2 * k_mib);
    scene.segment_event(Action::segment_map, at(4), 4 * k_mib);
    scene.alloc(at(3), 3 * k_mib);  // over the border of two maps
    scene.oom(100 * k_mib, 0);
    scene.free(at(3), 3 * k_mib);
    scene.segment_event(Action::segment_unmap, at(3), 3 * k_mib);
    scene.segment_event(Action::segment_unmap, at(2), k_mib);
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    const report::Fragmentation oom = row_at(rows, "oom:0");
    CHECK(oom.reserved_bytes == 8 * k_mib);
    CHECK(oom.segments == 1);
    CHECK(oom.cached_bytes == 0);
    CHECK(oom.stranded_bytes == 3 * k_mib);
    CHECK(oom.holes == 2);
    CHECK(oom.largest_hole_bytes == 2 * k_mib);
    const report::Fragmentation start = row_at(rows, "start");
    CHECK(start.reserved_bytes == 0);
    CHECK(start.segments == 0);
    CHECK(start.stranded_bytes == 0);
    const report::Fragmentation end = row_at(rows, "end");
    CHECK(end.segments == 2);
    CHECK(end.cached_bytes == 2 * k_mib);
}

TEST_CASE("moments without a change between them have the same parts", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{2048, 0}}});
    scene.alloc(0x100000, 600);
    for (int i = 0; i < 40; ++i) scene.oom(5000, 10).marker();
    scene.free(0x100000, 600);
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    CHECK(rows.size() == 4 + 32);
    for (const char* moment : {"peak", "oom:0", "oom:31"}) {
        CHECK(row_at(rows, moment).moment == moment);
        CHECK(row_at(rows, moment).rounding_bytes == 424);
        CHECK(row_at(rows, moment).stranded_bytes == 1024);
    }
    CHECK(row_at(rows, "start").cached_bytes == 2048);
}

TEST_CASE("parts that do not add up stay empty", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{4096, 0}}});
    SECTION("an element outside every segment") {
        scene.alloc(0x900000, 100).free(0x900000, 100);
    }
    SECTION("elements over each other") {
        scene.alloc(0x100000, 1000).alloc(0x100200, 100).free(0x100000, 1000).free(0x100200, 100);
    }
    SECTION("an element that passes the end of its segment") {
        scene.alloc(0x100e00, 600).free(0x100e00, 600);
    }
    SECTION("a segment that was never given back") {
        scene.alloc(0x100000, 10).free(0x100000, 10).segment_event(Action::segment_alloc, 0x800000, 50);
    }
    SECTION("a segment given back over another") {
        scene.alloc(0x100000, 10).free(0x100000, 10).segment_event(Action::segment_free, 0x100800, 4096);
    }
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    const report::Fragmentation peak = row_at(rows, "peak");
    CHECK(peak.reserved_bytes);
    CHECK(peak.requested_bytes);
    CHECK_FALSE(peak.rounding_bytes);
    CHECK_FALSE(peak.cached_bytes);
    CHECK_FALSE(peak.stranded_bytes);
    CHECK_FALSE(peak.segments);
    CHECK_FALSE(peak.largest_hole_bytes);
    CHECK(row_at(rows, "end").cached_bytes == 4096);
}

TEST_CASE("without segments only the requested bytes are known", "[timeline]") {
    Scene scene;
    scene.alloc(0x1000, 100).marker();
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    CHECK(rows.size() == 3);  // no reserved-peak
    for (const report::Fragmentation& row : rows) {
        CHECK(row.estimated);
        CHECK_FALSE(row.reserved_bytes);
        CHECK_FALSE(row.rounding_bytes);
    }
    CHECK(row_at(rows, "peak").requested_bytes == 100);
}

TEST_CASE("if trace and blocks disagree, the end has the blocks and the peak the trace", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{4096, 0}}});
    scene.alloc(0x100000, 100).alloc(0x100200, 100);  // freed after the trace was copied
    const std::vector<report::Fragmentation> rows = checked_rows(scene);
    CHECK(row_at(rows, "end").requested_bytes == 0);
    CHECK(row_at(rows, "end").cached_bytes == 4096);
    CHECK(row_at(rows, "peak").estimated);
    CHECK(row_at(rows, "peak").requested_bytes == 200);
    CHECK(row_at(rows, "peak").stranded_bytes == 4096 - 1024);
}

TEST_CASE("segments of impossible sizes leave the parts empty", "[timeline]") {
    constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{512, 100}}, .rest = huge - 512});
    scene.segment({.address = 0x200000, .blocks = {{512, 100}}, .rest = huge - 512});
    const report::Fragmentation row = row_at(checked_rows(scene), "end");
    CHECK(row.reserved_bytes == huge);
    CHECK_FALSE(row.stranded_bytes);
}

}  // namespace
}  // namespace snapq::timeline
