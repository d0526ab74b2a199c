#include "analysis/ranks.hpp"

#include <algorithm>
#include <limits>

#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::analysis;

namespace {

report::ArchiveSummary archive_summary(const std::string& name, std::int64_t peak) {
    report::DeviceSummary device;
    device.figures.peak_requested_bytes = peak;
    device.figures.oom_events = 1;
    report::ArchiveSummary summary;
    summary.archive = name;
    summary.devices.push_back(device);
    return summary;
}

report::LiveRow row(const std::string& key, std::int64_t bytes, std::int64_t count) {
    report::LiveRow row;
    row.key = key;
    row.bytes = bytes;
    row.count = count;
    return row;
}

}  // namespace

TEST_CASE("the median is one of the values, and MAD is the median distance from it") {
    const report::Spread spread = *spread_of({10, 30, 20, 100});
    CHECK(spread.archives == 4);
    CHECK(spread.sum == 160);
    CHECK(spread.minimum == 10);
    CHECK(spread.maximum == 100);
    CHECK(spread.median == 20);
    CHECK(spread.mad == 10);  // distances 10, 10, 0, 80
    CHECK_FALSE(spread_of({}));
    CHECK(spread_of({7})->median == 7);
    CHECK(spread_of({7})->mad == 0);
}

TEST_CASE("an outlier differs from the median by more than three MAD") {
    report::Spread spread;
    spread.median = 1000;
    spread.mad = 20;
    CHECK_FALSE(is_outlier(1060, spread));
    CHECK(is_outlier(1061, spread));
    CHECK_FALSE(is_outlier(940, spread));
    CHECK(is_outlier(939, spread));
}

TEST_CASE("ranks that differ by less than one percent have no outlier") {
    report::Spread spread;
    spread.median = 1000;
    CHECK_FALSE(is_outlier(1010, spread));
    CHECK(is_outlier(1011, spread));
    spread.mad = std::numeric_limits<std::int64_t>::max() / 2;
    CHECK_FALSE(is_outlier(std::numeric_limits<std::int64_t>::max(), spread));
}

TEST_CASE("the sites of an outlier are compared with those of the archive at the median") {
    report::Summary summary;
    summary.archives = {archive_summary("a", 100), archive_summary("b", 100), archive_summary("c", 300),
                        archive_summary("d", 100)};
    std::vector<std::string> asked;
    compare_ranks(
        summary,
        [&](const std::string& name, std::int64_t) {
            asked.push_back(name);
            report::LiveRows rows;
            rows.rows = {row("same", 10, 1)};
            if (name == "c") {
                rows.rows.push_back(row("more", 90, 9));
                rows.rows.push_back(row("larger", 80, 2));
                rows.rows.push_back(row("new", 60, 1));
            } else {
                rows.rows.push_back(row("more", 10, 1));
                rows.rows.push_back(row("larger", 10, 2));
                rows.rows.push_back(row("gone", 5, 1));
            }
            return rows;
        },
        5);
    REQUIRE(summary.outliers.size() == 1);
    const report::Outlier& outlier = summary.outliers[0];
    CHECK(outlier.archive == "c");
    CHECK(outlier.value == 300);
    CHECK(outlier.typical_archive == "a");
    // For the outlier, then for the uneven load.
    CHECK(asked == std::vector<std::string>{"a", "c", "c", "a"});
    CHECK(outlier.is_explained);
    REQUIRE(summary.uneven);
    CHECK(summary.uneven->archive == "c");
    CHECK(summary.uneven->median_bytes == 100);
    CHECK(summary.uneven->same_sites());
    std::vector<std::pair<UntrustedText, std::string>> reasons;
    for (const report::OutlierSite& site : outlier.sites) reasons.emplace_back(site.key.key, site.why);
    CHECK(reasons == std::vector<std::pair<UntrustedText, std::string>>{{"more", "more allocations"},
                                                                        {"larger", "same count, larger"},
                                                                        {"new", "more allocations"},
                                                                        {"gone", "fewer allocations"}});
    CHECK(summary.totals->peak_requested.sum == 600);
    CHECK(summary.totals->oom_events == 4);
}

TEST_CASE("with two archives there is no outlier") {
    report::Summary summary;
    summary.archives = {archive_summary("a", 1), archive_summary("b", 1000)};
    compare_ranks(
        summary, [](const std::string&, std::int64_t) { return report::LiveRows{}; }, 5);
    CHECK(summary.outliers.empty());
}

TEST_CASE("only the sites of the worst outliers are compared") {
    report::Summary summary;
    for (int i = 0; i < 100; ++i)
        summary.archives.push_back(archive_summary("even " + std::to_string(i), 1000));
    for (int i = 0; i < 20; ++i)
        summary.archives.push_back(archive_summary("odd " + std::to_string(i), 2000 + i));
    std::size_t asked = 0;
    compare_ranks(
        summary, [&](const std::string&, std::int64_t) { return ++asked, report::LiveRows{}; }, 5);
    CHECK(summary.outliers.size() == 20);
    CHECK(std::ranges::count(summary.outliers, true, &report::Outlier::is_explained) == 8);
    CHECK(summary.outliers.back().is_explained);
    CHECK_FALSE(summary.outliers.front().is_explained);
    CHECK(asked <= 8 + 3);
}

TEST_CASE("rows of all ranks are summed by key, with the rank that has most") {
    RankRows rows;
    for (int i = 0; i < 3; ++i) {
        report::ArchiveSummary archive = archive_summary("archive " + std::to_string(i), 1);
        archive.rank = i;
        archive.devices[0].top = {row("a", 10 + i, 1), row("b", 1, 2)};
        report::LiveRow others = row("[other]", 5, 5);
        archive.devices[0].others = others;
        rows.add(archive);
    }
    const std::vector<report::RankRow> all = rows.take(0);
    REQUIRE(all.size() == 3);
    CHECK(all[0].key == "a");
    CHECK(all[0].bytes == 33);
    CHECK(all[0].most_bytes == 12);
    CHECK(all[0].most_rank == 2);
    CHECK(all[1].key == "[other]");
    CHECK(all[2].count == 6);
}

TEST_CASE("ranks of a group are compared with each other") {
    report::Summary summary;
    summary.group_by = "pp";
    // Stage 10 holds twice as much as stage 9, in which one rank stands out.
    const std::pair<const char*, std::int64_t> members[] = {{"10", 200}, {"10", 200}, {"10", 200}, {"9", 100},
                                                            {"9", 150},  {"9", 100},  {"9", 100}};
    for (const auto& [stage, peak] : members) {
        summary.archives.push_back(archive_summary(std::to_string(summary.archives.size()), peak));
        summary.archives.back().labels.emplace("pp", stage);
        summary.archives.back().rank = static_cast<std::int64_t>(summary.archives.size());
    }
    summary.archives.push_back(archive_summary("without", 900));
    compare_ranks(
        summary, [](const std::string&, std::int64_t) { return report::LiveRows{}; }, 5);

    REQUIRE(summary.groups.size() == 3);
    const report::RankGroup& first = summary.groups[0];  // 9 comes before 10
    CHECK(first.value == UntrustedText("9"));
    CHECK(first.peak_requested.archives == 4);
    CHECK(first.peak_requested.median == 100);
    CHECK(first.most.archive == "4");
    CHECK(first.most.rank == 5);
    CHECK(first.outliers == 1);
    CHECK(first.oom_events == 4);
    CHECK(summary.groups[1].value == UntrustedText("10"));
    CHECK(summary.groups[1].outliers == 0);
    CHECK_FALSE(summary.groups[2].value);
    CHECK(summary.groups[2].peak_requested.maximum == 900);
    REQUIRE(summary.outliers.size() == 1);
    CHECK(summary.outliers[0].archive == "4");
    CHECK(summary.outliers[0].group == UntrustedText("9"));
    CHECK(summary.outliers[0].spread.median == 100);
    CHECK_FALSE(summary.uneven);
    CHECK(summary.totals->peak_requested.maximum == 900);
}

TEST_CASE("a label that no archive has is an error that names those there are") {
    report::Summary summary;
    summary.group_by = "pp";
    summary.archives = {archive_summary("a", 1), archive_summary("b", 2)};
    summary.archives[1].labels.emplace("host", "n1");
    try {
        compare_ranks(
            summary, [](const std::string&, std::int64_t) { return report::LiveRows{}; }, 5);
        FAIL("accepted");
    } catch (const UsageError& error) {
        CHECK(std::string(error.what()) == "--group-by label.pp: no archive has this label");
        CHECK(error.hint() == "there are host");
    }
}
