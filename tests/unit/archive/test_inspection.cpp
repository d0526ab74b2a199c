#include <algorithm>

#include "archive/inspection.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;

TEST_CASE("info lists entries and tables with their rows") {
    const ScratchFolder folder;
    const ArchiveFixture fixture;
    write_file(folder / "a.zip", ArchiveFixture().zip());
    const report::ArchiveInfo info = describe_archive(open_archive(folder / "a.zip"));
    CHECK(info.path == folder / "a.zip");
    CHECK(info.kind == "snapq zip");
    CHECK(info.bytes == read_file(folder / "a.zip").size());
    REQUIRE(info.entries.size() == 4);
    CHECK(info.entries[1].name == "elements.db");
    CHECK(info.entries[1].method == "deflate");
    CHECK(info.entries[1].size == fixture.database.size());
    REQUIRE(info.tables.size() == 5);
    CHECK(info.tables[0].name == "meta");
    CHECK(info.tables[0].rows == 3);
    CHECK(info.tables[3].name == "allocations");
    CHECK(info.tables[3].rows == 4);
    CHECK(info.tables[4].is_view);
    CHECK_FALSE(info.tables[4].rows.has_value());
}

TEST_CASE("info works for archives of SnapViewer and unusual table names") {
    const ScratchFolder folder;
    write_file(folder / "allocations.json", "[]");
    write_file(folder / "elements.db", database_bytes(k_snapviewer_sql + "CREATE TABLE \"a \"\"b\"(x);"));
    const report::ArchiveInfo info = describe_archive(open_archive(folder.path()));
    CHECK(info.kind == "SnapViewer folder");
    REQUIRE(info.tables.size() == 2);
    CHECK(info.tables[0].rows == 3);
    CHECK(info.tables[1].name == "a \"b");
    CHECK(info.tables[1].rows == 0);
    CHECK(info.bytes > 2);
}

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

report::VerifyReport verified(const std::string& bytes) {
    const ScratchFolder folder;
    write_file(folder / "a.zip", bytes);
    return verify_archive(folder / "a.zip");
}

bool passes(const std::string& bytes) {
    try {
        return verified(bytes).ok();
    } catch (const InputError&) {
        return false;  // no longer recognised as an archive
    }
}

// The entry and the message of the first finding.
std::string finding(const report::VerifyReport& report) {
    if (report.ok()) return "fine";
    const bool some_check_failed =
        std::ranges::any_of(report.checks, [](const report::VerifyCheck& check) { return !check.ok; });
    CHECK(some_check_failed);
    return report.damage[0].entry.raw() + ": " + report.damage[0].message.raw();
}

std::string finding_with(const std::string& timeline_0, const std::string& sql = {}) {
    ArchiveFixture fixture;
    fixture.timeline_0 = timeline_0;
    if (!sql.empty()) fixture.database = database_bytes(k_fixture_sql + sql);
    return finding(verified(fixture.zip()));
}

std::string text_with(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("undamaged archives of every kind pass") {
    for (const zip::Compression method :
         {zip::Compression::store, zip::Compression::deflate, zip::Compression::zstd}) {
        ArchiveFixture fixture;
        fixture.method = method;
        const report::VerifyReport report = verified(fixture.zip());
        INFO(finding(report));
        CHECK(report.ok());
        std::vector<UntrustedText> names;
        for (const report::VerifyCheck& check : report.checks) names.push_back(check.name);
        CHECK(names == std::vector<UntrustedText>{"container", "allocations.json", "elements.db",
                                                  "allocations.device1.json", "manifest.json", "database",
                                                  "devices", "timeline of device 0", "timeline of device 1"});
        CHECK(report.checks[7].detail == "3 elements");
    }
    CHECK(finding(verified(snapviewer_zip())) == "fine");

    const ScratchFolder folder;
    write_file(folder / "allocations.json", k_timeline_0);
    write_file(folder / "elements.db", database_bytes(k_fixture_sql));
    CHECK(finding(verify_archive(folder.path())) == "fine");
}

TEST_CASE("timelines that contradict the database are found") {
    CHECK_THAT(
        finding_with(text_with(k_timeline_0, "\"size\":1024", "\"size\":1025")),
        Contains(
            "allocations.json: element 1 is 1025 bytes in timesteps 0 to 7; the database says 1024 bytes"));
    CHECK_THAT(finding_with(text_with(k_timeline_0, "[1,3,6,7]", "[0,3,6,7]")), Contains("element 2"));
    CHECK_THAT(finding_with(text_with(k_timeline_0, "[0,6]", "[0,5]")), Contains("element 0"));
    CHECK_THAT(finding_with("[]"), Contains("ends after 0 elements"));
    CHECK_THAT(finding_with(k_timeline_0, "DELETE FROM allocations WHERE device = 0 AND idx = 2;"),
               Contains("has more elements than the database, which has 2"));
    CHECK_THAT(finding_with(text_with(k_timeline_0, "[0,6]", "[6,0]")), Contains("decrease"));
    CHECK_THAT(finding_with("not JSON"), Contains("expected '['"));
    CHECK_THAT(finding_with(k_timeline_0, "INSERT INTO allocations VALUES(5, 0, 1, 0, 1, NULL);"),
               Contains("has no entry allocations.device5.json"));
    CHECK_THAT(finding_with(k_timeline_0, "DROP VIEW allocs; DROP TABLE allocations;"),
               Contains("no such table: allocations"));
}

TEST_CASE("every damaged chunk is reported with its offset") {
    ArchiveFixture fixture;
    std::string bytes = fixture.zip();
    const std::size_t begin = bytes.find("elements.db") + 11;
    const auto& chunks = fixture.manifest.entries[1].chunks;
    const std::size_t second = begin + chunks[0].compressed_size + chunks[1].compressed_size;
    bytes[begin + 10] ^= 0x10;
    bytes[second + 10] ^= 0x10;
    const report::VerifyReport report = verified(bytes);
    REQUIRE(report.damage.size() == 2);
    CHECK(report.damage[0].entry == "elements.db");
    CHECK(report.damage[0].offset == begin);
    CHECK(report.damage[1].offset == second);
    CHECK_THAT(report.damage[1].message.raw(), Contains("chunk 2 is damaged"));
    CHECK(std::ranges::none_of(report.checks,
                               [](const report::VerifyCheck& check) { return check.name == "database"; }));
}

TEST_CASE("an entry that other programs read differently is found") {
    // The last chunk of the entry becomes an invalid final block, so a stream differs from the chunks.
    ArchiveFixture fixture;
    std::string text = k_timeline_0;
    fixture.chunk_size = 64;
    std::string bytes = fixture.zip();
    auto& chunks = fixture.manifest.entries[0].chunks;
    const std::size_t begin = bytes.find("allocations.json") + 16;
    bytes.replace(begin + fixture.manifest.entries[0].compressed_size - chunks.back().compressed_size, 2,
                  "\x00\x00", 2);
    CHECK_FALSE(verified(bytes).ok());
}

TEST_CASE("a database that SQLite finds inconsistent is found") {
    // The index does not belong to the rows of its table.
    ArchiveFixture fixture;
    fixture.database =
        database_bytes(k_fixture_sql +
                       "CREATE TABLE t(x); INSERT INTO t VALUES(1), (2); CREATE INDEX i ON t(x);"
                       "PRAGMA writable_schema=ON; UPDATE sqlite_master SET rootpage = "
                       "(SELECT rootpage FROM sqlite_master WHERE name = 'stacks') WHERE name = 't';");
    CHECK_THAT(finding(verified(fixture.zip())), Contains("elements.db: "));
}

TEST_CASE("a damaged container is a finding, a missing file is an error") {
    const std::string good = ArchiveFixture().zip();
    const report::VerifyReport report = verified(good.substr(0, good.size() - 30));
    CHECK(report.checks.size() == 1);
    CHECK_THAT(finding(report), Contains("no directory"));
    CHECK_THROWS_AS(verify_archive("/nonexistent/a.zip"), InputError);
    CHECK_THROWS_AS(verified("\x80\x04}."), InputError);
}

TEST_CASE("no flipped byte of an entry passes") {
    ArchiveFixture fixture;
    fixture.method = zip::Compression::store;
    const std::string good = fixture.zip();
    const std::size_t begin = good.find("allocations.json") + 16;
    for (std::size_t at = begin; at < begin + k_timeline_0.size(); ++at) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        CHECK_FALSE(passes(flipped));
    }
    for (std::size_t at = 0; at < good.size(); at += 11) {
        std::string flipped = good;
        flipped[at] = static_cast<char>(~flipped[at]);
        passes(flipped);  // must not crash
        CHECK_FALSE(passes(good.substr(0, at)));
    }
}
