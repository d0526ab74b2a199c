#include <algorithm>

#include "support/catch.hpp"
#include "timeline/tables/makers.hpp"
#include "timeline/tables/ooms.hpp"
#include "unit/timeline/tables/tables_scene.hpp"

namespace snapq::timeline {
namespace {

// 10 blocks of 1 KiB in a segment of 20, every second one free, and one OOM for `asked` bytes.
Scene fragmented(std::optional<std::int64_t> asked, std::optional<std::int64_t> device_free) {
    Scene scene;
    std::vector<Scene::BlockSpec> blocks;
    for (int i = 0; i < 10; ++i) blocks.insert(blocks.end(), {{1024, 1000}, {1024, 0}});
    scene.segment({.address = 0x100000, .blocks = blocks});
    scene.stack("culprit").at(77).marker().oom(asked, device_free).marker();
    return scene;
}

TEST_CASE("fits_without_fragmentation compares the request with the idle memory", "[timeline]") {
    const OomRow fits = fragmented(10'240 + 500, 500).tables().ooms.at(0);
    CHECK(fits.fits_without_fragmentation == true);
    CHECK(fits.short_bytes == 10'240);
    CHECK(fits.largest_hole_bytes == 1024);
    CHECK(fits.live_bytes == 10'000);
    CHECK(fits.reserved_bytes == 20'480);
    const OomRow too_large = fragmented(10'240 + 501, 500).tables().ooms.at(0);
    CHECK(too_large.fits_without_fragmentation == false);
}

TEST_CASE("an OOM row has the size, the stack and the time of the request", "[timeline]") {
    Scene scene = fragmented(4096, 1000);
    const OomRow row = scene.tables().ooms.at(0);
    CHECK(row.event == 1);
    CHECK(row.time_us == 77);
    CHECK(row.requested_bytes == 4096);
    CHECK(row.device_free_bytes == 1000);
    CHECK(row.stack == scene.stack_id("culprit"));
}

TEST_CASE("short_bytes is 0 if the driver has enough free memory", "[timeline]") {
    CHECK(fragmented(100, 1000).tables().ooms.at(0).short_bytes == 0);
}

TEST_CASE("values that an OOM event does not have stay NULL", "[timeline]") {
    const OomRow no_size = fragmented(std::nullopt, 10).tables().ooms.at(0);
    CHECK_FALSE(no_size.requested_bytes);
    CHECK_FALSE(no_size.short_bytes);
    CHECK_FALSE(no_size.fits_without_fragmentation);
    const OomRow no_free = fragmented(10, std::nullopt).tables().ooms.at(0);
    CHECK_FALSE(no_free.device_free_bytes);
    CHECK_FALSE(no_free.short_bytes);
    Scene bare;
    bare.oom(10, 5).marker();
    const OomRow no_segments = bare.tables().ooms.at(0);
    CHECK(no_segments.short_bytes == 5);
    CHECK_FALSE(no_segments.reserved_bytes);
    CHECK_FALSE(no_segments.largest_hole_bytes);
    CHECK_FALSE(no_segments.fits_without_fragmentation);
}

TEST_CASE("a pending free counts as active at an OOM", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{2048, 0}}});
    scene.segment_event(snapshot::Action::segment_alloc, 0x100000, 2048);
    scene.alloc(0x100000, 2048).request(0x100000, 2048).oom(512, 0).complete(0x100000, 2048).oom(512, 0);
    const std::vector<OomRow> rows = scene.tables().ooms;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].live_bytes == 2048);
    CHECK(rows[0].fits_without_fragmentation == false);
    REQUIRE(rows[0].unusable.size() == 1);
    CHECK(rows[0].unusable[0].reason == k_unusable_pending);
    CHECK(rows[0].unusable[0].bytes == 2048);
    CHECK(rows[1].fits_without_fragmentation == true);
    CHECK(rows[1].usable_bytes == 2048);
    CHECK(rows[1].largest_hole_bytes == 0);  // a whole cached segment is no hole
}

TEST_CASE("repeated OOMs have a row each, the first ones have holes", "[timeline]") {
    Scene scene;
    scene.segment({.address = 0x100000, .blocks = {{2048, 0}, {512, 500}}});
    for (int i = 0; i < 100; ++i) scene.oom(5000, 10);
    const DeviceTables tables = scene.tables();
    CHECK(tables.figures.oom_events == 100);
    CHECK(tables.ooms.size() == 100);
    CHECK(tables.ooms[31].largest_hole_bytes == 2048);
    CHECK_FALSE(tables.ooms[32].largest_hole_bytes);
    CHECK(tables.ooms[99].fits_without_fragmentation == false);
    CHECK(tables.ooms[99].usable_bytes == 2048);  // nothing changed since the examined ones
}

TEST_CASE("the number of rows is limited, the count is not", "[timeline]") {
    Scene scene;
    const auto count = static_cast<std::int64_t>(k_max_oom_rows) + 10;
    for (std::int64_t i = 0; i < count; ++i) scene.oom(5000, 10);
    const DeviceTables tables = scene.tables();
    CHECK(tables.figures.oom_events == count);
    CHECK(tables.ooms.size() == k_max_oom_rows);
}

}  // namespace

namespace {

using snapshot::Action;
constexpr std::uint64_t k_base = 0x10000000;

std::uint64_t at(std::int64_t mib) {
    return k_base + static_cast<std::uint64_t>(mib * k_mib);
}

// A large segment with a block of 10 MiB in use, and 30 MiB free behind it.
Scene::SegmentSpec half_used(std::int64_t mib, const std::string& pool, std::int64_t stream) {
    return {.address = at(mib),
            .blocks = {{10 * k_mib, 10 * k_mib}, {30 * k_mib, 0}},
            .stream = stream,
            .pool = pool,
            .type = "large"};
}

Scene::SegmentSpec cached(std::int64_t mib, const std::string& pool, std::int64_t stream) {
    return {.address = at(mib), .blocks = {{40 * k_mib, 0}}, .stream = stream, .pool = pool, .type = "large"};
}

OomRow only_oom(const Scene& scene) {
    const std::vector<OomRow> ooms = scene.tables().ooms;
    REQUIRE(ooms.size() == 1);
    return ooms.front();
}

std::int64_t unusable(const OomRow& row, std::string_view reason) {
    std::int64_t bytes = 0;
    for (const OomUnusableRow& part : row.unusable) bytes += part.reason == reason ? part.bytes : 0;
    return bytes;
}

TEST_CASE("free memory of a private pool cannot serve the default pool", "[timeline]") {
    Scene scene;
    SECTION("a hole") {
        scene.segment(half_used(0, "1,0", 0)).pool("0,0").oom(20 * k_mib, 0);
        CHECK(unusable(only_oom(scene), k_unusable_pool) == 30 * k_mib);
    }
    SECTION("a whole cached segment") {
        scene.segment(cached(0, "1,0", 0)).pool("0,0").oom(20 * k_mib, 0);
        CHECK(unusable(only_oom(scene), k_unusable_pool) == 40 * k_mib);
    }
    const OomRow row = only_oom(scene);
    CHECK(row.usable_bytes == 0);
    CHECK(row.usable_largest_bytes == 0);
    CHECK(row.fits_without_fragmentation == false);
    CHECK_FALSE(row.pool_is_inferred);
}

TEST_CASE("a request in a private pool gets the memory of this pool", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "1,0", 0)).segment(half_used(100, "2,0", 0)).segment(half_used(200, "0,0", 0));
    scene.segment(cached(300, "0,0", 0)).segment(cached(400, "2,0", 0)).segment(cached(500, "1,0", 7));
    scene.pool("1,0").oom(60 * k_mib, 0);
    const OomRow row = only_oom(scene);
    CHECK(row.usable_bytes == 30 * k_mib + 40 * k_mib);  // its own hole; a cached segment of the default pool
    CHECK(row.usable_largest_bytes == 40 * k_mib);
    CHECK(unusable(row, k_unusable_pool) == 30 * k_mib + 30 * k_mib + 40 * k_mib);
    CHECK(unusable(row, k_unusable_stream) == 40 * k_mib);  // a private pool in use keeps its segments
    CHECK(row.fits_without_fragmentation == true);
}

TEST_CASE("free memory of another stream cannot serve the request, whole segments can", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "0,0", 7)).segment(cached(100, "0,0", 7)).oom(60 * k_mib, 0);
    const OomRow row = only_oom(scene);
    CHECK(row.usable_bytes == 40 * k_mib);
    CHECK(unusable(row, k_unusable_stream) == 30 * k_mib);
    CHECK(row.fits_without_fragmentation == false);
    REQUIRE(row.unusable.size() == 1);
    CHECK(row.unusable[0].stream == 7);
}

TEST_CASE("small and large requests have segments of their own", "[timeline]") {
    Scene scene;
    scene.segment({.address = at(0), .blocks = {{k_mib, k_mib}, {k_mib, 0}}, .type = "small"});
    scene.segment(half_used(100, "", 0));
    SECTION("a request of 1 MiB is small") {
        scene.oom(k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == k_mib);
        CHECK(unusable(only_oom(scene), k_unusable_size_class) == 30 * k_mib);
    }
    SECTION("a larger one is not") {
        scene.oom(k_mib + 512, 0);
        CHECK(only_oom(scene).usable_bytes == 30 * k_mib);
        CHECK(unusable(only_oom(scene), k_unusable_size_class) == k_mib);
    }
}

TEST_CASE("without a segment type the blocks tell the kind of segment", "[timeline]") {
    Scene scene;
    scene.segment({.address = at(0), .blocks = {{k_mib, k_mib}, {k_mib, 0}}});
    scene.segment({.address = at(100), .blocks = {{2 * k_mib, 2 * k_mib}, {18 * k_mib, 0}}});
    scene.oom(k_mib / 2, 0);
    CHECK(only_oom(scene).usable_bytes == k_mib);
}

TEST_CASE("max_split_size keeps large blocks for large requests", "[timeline]") {
    Scene scene;
    scene.snapshot().settings.emplace_back("max_split_size", std::to_string(20 * k_mib));
    scene.segment(half_used(0, "", 0));
    SECTION("a request below it gets no block above it") {
        scene.oom(15 * k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == 0);
        CHECK(unusable(only_oom(scene), k_unusable_max_split_size) == 30 * k_mib);
    }
    SECTION("a request above it gets a block that leaves less than 20 MiB") {
        scene.oom(20 * k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == 30 * k_mib);
    }
    SECTION("-1 is no limit") {
        scene.snapshot().settings.back().second = "-1";
        scene.oom(15 * k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == 30 * k_mib);
    }
}

TEST_CASE("whole free pages of an expandable segment serve any stream", "[timeline]") {
    Scene scene;
    // Pages of 20 MiB: the first has a block, the second and the third are free, the fourth has one.
    scene.segment({.address = at(0),
                   .blocks = {{10 * k_mib, 10 * k_mib}, {50 * k_mib, 0}, {20 * k_mib, 20 * k_mib}},
                   .expandable = true,
                   .stream = 7,
                   .type = "large"});
    SECTION("of another stream") {
        scene.oom(100 * k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == 40 * k_mib);
        CHECK(only_oom(scene).usable_largest_bytes == 40 * k_mib);
        CHECK(unusable(only_oom(scene), k_unusable_stream) == 10 * k_mib);
    }
    SECTION("of the same stream") {
        scene.stream(7).oom(100 * k_mib, 0);
        CHECK(only_oom(scene).usable_bytes == 50 * k_mib);
    }
}

TEST_CASE("a private pool keeps the pages of its expandable segments", "[timeline]") {
    Scene scene;
    scene.segment({.address = at(0),
                   .blocks = {{20 * k_mib, 20 * k_mib}, {60 * k_mib, 0}},
                   .expandable = true,
                   .pool = "0,1",
                   .type = "large"});
    scene.pool("0,0").oom(100 * k_mib, 0);
    CHECK(only_oom(scene).usable_bytes == 0);
}

TEST_CASE("a rest of at most 1 MiB in a large segment belongs to its block", "[timeline]") {
    Scene scene;
    // At the OOM 19.5 MiB and 18 MiB are live; the blocks are not known, because they are freed later.
    scene.segment({.address = at(0), .blocks = {{40 * k_mib, 0}}, .type = "large"});
    scene.segment_event(Action::segment_alloc, at(0), 40 * k_mib);
    scene.alloc(at(0), 39 * k_mib / 2).alloc(at(20), 18 * k_mib).oom(30 * k_mib, 0);
    scene.free(at(0), 39 * k_mib / 2).free(at(20), 18 * k_mib);
    const OomRow row = only_oom(scene);
    CHECK(row.usable_bytes == 2 * k_mib);
    CHECK(unusable(row, k_unusable_rest) == k_mib / 2);
}

TEST_CASE("the pool of an event without pool id is that of its site's other memory", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "1,0", 0)).segment(half_used(100, "0,0", 0));
    SECTION("live memory of the site is in a private pool") {
        scene.stack("block").oom(20 * k_mib, 0);
        scene.snapshot().blocks[2].stack = scene.stack_id("other");
        const OomRow row = only_oom(scene);
        CHECK(scene.snapshot().symbols.text(row.pool) == "1,0");
    }
    SECTION("freed memory of the site was in a private pool") {
        scene.stack("graph").alloc(at(10), k_mib).free(at(10), k_mib).oom(20 * k_mib, 0);
        CHECK(scene.snapshot().symbols.text(only_oom(scene).pool) == "1,0");
    }
    SECTION("a site without other memory asks in the default pool") {
        scene.stack("new").oom(20 * k_mib, 0);
        CHECK(scene.snapshot().symbols.text(only_oom(scene).pool) == "0,0");
    }
    SECTION("an event without a stack, too") {
        scene.stack("").oom(20 * k_mib, 0);
        CHECK(scene.snapshot().symbols.text(only_oom(scene).pool) == "0,0");
    }
    CHECK(only_oom(scene).pool_is_inferred);
    CHECK(only_oom(scene).usable_bytes == 30 * k_mib);
}

TEST_CASE("a file that knows no pools has one for all", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "", 0)).oom(20 * k_mib, 0);
    const OomRow row = only_oom(scene);
    CHECK(row.pool.is_none());
    CHECK(row.usable_bytes == 30 * k_mib);
}

TEST_CASE("segments that were freed after the OOM count at the OOM", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "0,0", 0)).pool("1,0");
    scene.segment_event(Action::segment_alloc, at(100), 40 * k_mib).alloc(at(100), 10 * k_mib);
    scene.pool("0,0").oom(50 * k_mib, 0);
    scene.pool("1,0").free(at(100), 10 * k_mib).segment_event(Action::segment_free, at(100), 40 * k_mib);
    scene.pool("0,0").oom(50 * k_mib, 0);
    const std::vector<OomRow> rows = scene.tables().ooms;
    REQUIRE(rows.size() == 2);
    CHECK(unusable(rows[0], k_unusable_pool) == 30 * k_mib);
    CHECK(rows[1].unusable.empty());
    CHECK(rows[0].usable_bytes == 30 * k_mib);
    CHECK(rows[1].usable_bytes == 30 * k_mib);
}

TEST_CASE("a block becomes pending between two OOMs", "[timeline]") {
    Scene scene;
    scene.segment(half_used(0, "", 0)).segment_event(Action::segment_alloc, at(0), 40 * k_mib);
    scene.alloc(at(10), 20 * k_mib).oom(50 * k_mib, 0).request(at(10), 20 * k_mib).oom(50 * k_mib, 0);
    scene.complete(at(10), 20 * k_mib);
    const std::vector<OomRow> rows = scene.tables().ooms;
    REQUIRE(rows.size() == 2);
    CHECK(unusable(rows[0], k_unusable_pending) == 0);
    CHECK(unusable(rows[1], k_unusable_pending) == 20 * k_mib);
    CHECK(rows[1].usable_bytes == 10 * k_mib);
}

TEST_CASE("what the file lacks for a verdict is named", "[timeline]") {
    Scene scene;
    SECTION("segments") {
        scene.segment_event(Action::segment_alloc, at(0), 40 * k_mib).oom(50 * k_mib, 0);
        CHECK(only_oom(scene).verdict_lacks == k_lacks_segments);
    }
    SECTION("segment events, if memory changed after the OOM") {
        scene.segment(half_used(0, "", 0)).oom(20 * k_mib, 0);
        CHECK(only_oom(scene).verdict_lacks.empty());
        scene.alloc(at(10), k_mib);
        CHECK(only_oom(scene).verdict_lacks == k_lacks_segment_events);
        CHECK_FALSE(only_oom(scene).usable_bytes);
        CHECK_FALSE(only_oom(scene).fits_without_fragmentation);
    }
    SECTION("the size") {
        scene.segment(half_used(0, "", 0)).oom(std::nullopt, 0);
        CHECK(only_oom(scene).verdict_lacks == k_lacks_size);
    }
    SECTION("the free bytes of the device") {
        scene.segment(half_used(0, "", 0)).oom(20 * k_mib, std::nullopt);
        CHECK(only_oom(scene).verdict_lacks == k_lacks_device_free);
        CHECK(only_oom(scene).usable_bytes == 30 * k_mib);
    }
}

TEST_CASE("the driver is asked for whole segments", "[timeline]") {
    const AllocatorSettings fixed;
    CHECK(new_segment_size(1, fixed) == 2 * k_mib);
    CHECK(new_segment_size(k_mib, fixed) == 2 * k_mib);
    CHECK(new_segment_size(k_mib + 512, fixed) == 20 * k_mib);
    CHECK(new_segment_size(10 * k_mib, fixed) == 10 * k_mib);
    CHECK(new_segment_size(11 * k_mib, fixed) == 12 * k_mib);
    CHECK(new_segment_size(std::numeric_limits<std::int64_t>::max(), fixed) > 0);
    const AllocatorSettings expandable{.expandable_segments = true};
    CHECK(new_segment_size(11 * k_mib, expandable) == 20 * k_mib);
    CHECK(new_segment_size(0, expandable) == 2 * k_mib);
}

TEST_CASE("settings are read as PyTorch writes them", "[timeline]") {
    snapshot::Snapshot snapshot;
    CHECK_FALSE(allocator_settings(snapshot).expandable_segments);
    snapshot.settings = {{"expandable_segments", "true"}, {"max_split_size", "1048576"}};
    CHECK(allocator_settings(snapshot).expandable_segments);
    CHECK(allocator_settings(snapshot).max_split_size == k_mib);
    snapshot.settings = {{"expandable_segments", "false"}, {"max_split_size", "many"}};
    CHECK_FALSE(allocator_settings(snapshot).expandable_segments);
    CHECK(allocator_settings(snapshot).max_split_size == std::numeric_limits<std::int64_t>::max());
}

}  // namespace

}  // namespace snapq::timeline
