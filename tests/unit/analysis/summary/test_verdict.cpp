#include "analysis/summary/verdict.hpp"

#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::analysis;

namespace {

report::DeviceSummary device(std::int64_t number, std::int64_t peak) {
    report::DeviceSummary device;
    device.figures.device = number;
    device.figures.has_trace = true;
    device.figures.event_count = 10;
    device.figures.peak_requested_bytes = peak;
    report::LiveRow row;
    row.key = "site " + std::to_string(number / 10);
    row.bytes = peak;
    device.peak_sites.push_back(row);
    return device;
}

report::ArchiveSummary archive_of(std::vector<report::DeviceSummary> devices) {
    report::ArchiveSummary archive;
    archive.archive = "a.zip";
    archive.devices = std::move(devices);
    return archive;
}

report::OomReport oom(std::int64_t time_us) {
    report::OomReport oom;
    oom.time_us = time_us;
    oom.asked_bytes = 7;
    oom.short_bytes = 3;
    return oom;
}

report::Check check(std::int64_t device, std::int64_t value, std::int64_t limit) {
    return {.name = "max-peak", .device = device, .value = value, .limit = limit, .ok = value <= limit};
}

report::Verdict verdict_of(const report::ArchiveSummary& archive,
                           const std::vector<report::Check>& checks = {}) {
    VerdictSearch search;
    search.add(archive, checks);
    return *search.take();
}

}  // namespace

TEST_CASE("the verdict is about the largest peak if nothing is worse") {
    const auto verdict = verdict_of(archive_of({device(0, 5), device(1, 9), device(2, 9)}));
    CHECK(verdict.kind == report::Verdict::Kind::peak);
    CHECK(verdict.device == 1);
    CHECK(verdict.whole_bytes == 9);
}

TEST_CASE("the verdict is about the figure that is nearest to a limit") {
    const auto verdict =
        verdict_of(archive_of({device(0, 50), device(1, 9)}), {check(0, 50, 100), check(1, 9, 10)});
    CHECK(verdict.kind == report::Verdict::Kind::limit);
    CHECK(verdict.device == 1);
    // A limit of 0 is exceeded by any figure.
    CHECK(verdict_of(archive_of({device(0, 50), device(1, 9)}), {check(0, 50, 10), check(1, 9, 0)}).device ==
          1);
}

TEST_CASE("the verdict is about the first OOM, whatever the peaks and limits are") {
    auto summary = archive_of({device(0, 50), device(1, 9), device(2, 8)});
    summary.devices[1].ooms.push_back(oom(200));
    summary.devices[2].ooms.push_back(oom(100));
    const auto verdict = verdict_of(summary, {check(0, 50, 10)});
    CHECK(verdict.kind == report::Verdict::Kind::out_of_memory);
    CHECK(verdict.device == 2);
    CHECK(verdict.other_ooms == 1);
    CHECK(verdict.needed_bytes == 3);
}

TEST_CASE("the search over several archives keeps the most serious one") {
    VerdictSearch search;
    search.add(archive_of({device(0, 5)}), {});
    auto second = archive_of({device(0, 9)});
    second.rank = 7;
    search.add(second, {});
    search.add(archive_of({device(0, 6)}), {});
    CHECK(search.take()->rank == 7);
    CHECK_FALSE(search.take());
}

TEST_CASE("devices are uneven if the highest is a quarter above the median") {
    CHECK_FALSE(uneven_devices(archive_of({device(0, 100), device(1, 125)})));
    CHECK_FALSE(uneven_devices(archive_of({device(0, 100)})));
    const auto uneven = uneven_devices(archive_of({device(0, 100), device(1, 126), device(2, 100)}));
    REQUIRE(uneven);
    CHECK(uneven->device == 1);
    CHECK(uneven->median_bytes == 100);
    CHECK(uneven->members == 3);
    CHECK(uneven->same_sites());
    CHECK_FALSE(uneven_devices(archive_of({device(0, 100), device(10, 200)}))->same_sites());
}

TEST_CASE("devices that did nothing do not count as the load of others") {
    report::DeviceSummary idle;
    idle.figures.device = 1;
    CHECK(idle.is_idle());
    CHECK_FALSE(device(0, 5).is_idle());
    CHECK_FALSE(uneven_devices(archive_of({device(0, 100), idle})));
}
