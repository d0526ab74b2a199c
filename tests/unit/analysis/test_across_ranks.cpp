#include "analysis/across_ranks.hpp"

#include <algorithm>

#include "analysis/keys.hpp"
#include "analysis/ranks.hpp"
#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::analysis;

namespace {

using Bytes = std::vector<std::pair<std::string, std::int64_t>>;

report::ArchiveSummary archive_with(std::int64_t rank, const std::vector<Bytes>& devices) {
    report::ArchiveSummary archive;
    archive.archive = "rank" + std::to_string(rank);
    archive.rank = rank;
    for (const Bytes& rows : devices) {
        report::DeviceSummary& device = archive.devices.emplace_back();
        for (const auto& [key, bytes] : rows) {
            report::LiveRow& row = device.top.emplace_back();
            row.key = row.label = key;
            row.bytes = bytes;
        }
    }
    return archive;
}

const report::AcrossRow& row_of(const std::vector<report::AcrossRow>& rows, const std::string& key) {
    return *std::ranges::find(rows, UntrustedText(key), &report::AcrossRow::key);
}

}  // namespace

TEST_CASE("what a rank does not hold counts as zero bytes") {
    AcrossRanks across;
    across.add(archive_with(0, {{{"a", 10}, {"b", 7}}}));
    across.add(archive_with(1, {{{"a", 30}}}));
    across.add(archive_with(2, {{{"a", 20}}}));
    const auto rows = across.take(0);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].key == "a");  // it differs by 20, b by 7
    CHECK(rows[0].holders == 3);
    CHECK(rows[0].bytes.archives == 3);
    CHECK(rows[0].bytes.minimum == 10);
    CHECK(rows[0].bytes.median == 20);
    CHECK(rows[0].bytes.maximum == 30);
    CHECK(rows[0].bytes.mad == 10);
    CHECK(rows[0].most.rank == 1);
    CHECK(rows[0].is_exact);
    CHECK(rows[1].holders == 1);
    CHECK(rows[1].bytes.minimum == 0);
    CHECK(rows[1].bytes.median == 0);
    CHECK(rows[1].bytes.maximum == 7);
    CHECK(rows[1].most.archive == "rank0");
}

TEST_CASE("the devices of a rank are added up") {
    AcrossRanks across;
    across.add(archive_with(0, {{{"a", 10}}, {{"a", 5}}}));
    across.add(archive_with(1, {{{"a", 15}}, {}}));
    const auto rows = across.take(0);
    CHECK(rows[0].holders == 2);
    CHECK(rows[0].bytes.minimum == 15);
    CHECK(rows[0].bytes.maximum == 15);
}

TEST_CASE("rows with the same difference are ordered by their bytes, then by key") {
    AcrossRanks across;
    across.add(archive_with(0, {{{"c", 5}, {"b", 5}, {"a", 1}, {"d", 9}}}));
    std::vector<std::string> keys;
    for (const report::AcrossRow& row : across.take(3)) keys.push_back(row.key.raw());
    CHECK(keys == std::vector<std::string>{"d", "b", "c"});
}

TEST_CASE("all statistics are those of a plain list") {
    AcrossRanks across(64);  // equal values that do not follow each other are added up
    std::vector<std::int64_t> values;
    for (std::int64_t rank = 0; rank < 1000; ++rank) {
        values.push_back((rank * 7919) % 13 + 1);
        across.add(archive_with(rank, {{{"a", values.back()}}}));
    }
    const report::Spread expected = *spread_of(values);
    const auto rows = across.take(0);
    CHECK(rows[0].is_exact);
    CHECK(rows[0].bytes.archives == 1000);
    CHECK(rows[0].bytes.sum == expected.sum);
    CHECK(rows[0].bytes.minimum == expected.minimum);
    CHECK(rows[0].bytes.median == expected.median);
    CHECK(rows[0].bytes.maximum == expected.maximum);
    CHECK(rows[0].bytes.mad == expected.mad);
}

TEST_CASE("too many different values are rounded, but not the smallest and the largest") {
    AcrossRanks across(4000);
    for (std::int64_t rank = 0; rank < 10'000; ++rank)
        across.add(archive_with(rank, {{{"a", 1'000'003 + rank * 7}}}));
    const auto rows = across.take(0);
    CHECK_FALSE(rows[0].is_exact);
    CHECK(rows[0].holders == 10'000);
    CHECK(rows[0].bytes.minimum == 1'000'003);
    CHECK(rows[0].bytes.maximum == 1'000'003 + 9'999 * 7);
    CHECK(rows[0].most.rank == 9'999);
    const std::int64_t median = 1'000'003 + 4'999 * 7;
    CHECK(rows[0].bytes.median <= median);
    CHECK(rows[0].bytes.median >= median - median / 512);
}

TEST_CASE("keys beyond the limit are one row") {
    AcrossRanks across;
    Bytes many;
    for (std::size_t i = 0; i < k_most_rank_keys + 2; ++i) many.emplace_back(std::to_string(i), 1);
    across.add(archive_with(0, {many}));
    const auto rows = across.take(0);
    CHECK(rows.size() == k_most_rank_keys + 1);
    CHECK(row_of(rows, std::string(k_other)).bytes.maximum == 2);
}

TEST_CASE("a row names the outliers that it explains") {
    AcrossRanks across;
    across.add(archive_with(0, {{{"a", 10}, {"b", 7}}}));
    auto rows = across.take(0);
    report::Outlier outlier;
    outlier.archive = "rank3";
    outlier.rank = 3;
    outlier.sites.resize(2);
    outlier.sites[0].key.key = "b";
    outlier.sites[1].key.key = "not in the table";
    name_explained({outlier}, rows);
    CHECK(row_of(rows, "a").explains.empty());
    REQUIRE(row_of(rows, "b").explains.size() == 1);
    CHECK(row_of(rows, "b").explains[0].rank == 3);
}
