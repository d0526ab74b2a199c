#include "timeline/tables/makers.hpp"

#include "support/catch.hpp"
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
}  // namespace snapq::timeline
