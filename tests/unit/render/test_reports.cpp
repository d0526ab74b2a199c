#include "archive/inspection.hpp"
#include "render/reports.hpp"
#include "support/archive_fixture.hpp"
#include "support/catch.hpp"

namespace snapq::render {
namespace {

report::ArchiveInfo describe(const std::string& zip) {
    const tests::ScratchFolder folder;
    tests::write_file(folder / "a.zip", zip);
    report::ArchiveInfo info = archive::describe_archive(archive::open_archive(folder / "a.zip"));
    info.path = "a.zip";
    return info;
}

report::ArchiveInfo described_fixture() {
    tests::ArchiveFixture fixture;
    fixture.manifest.labels = {{"model", "gpt \x1b[31m"}};
    fixture.manifest.rank = 5;
    fixture.manifest.anomalies = {{0, "unmatched_free", 1234, 7}};
    return describe(fixture.zip());
}

}  // namespace

TEST_CASE("the text lists the archive's kind, entries, tables and anomalies") {
    const report::ArchiveInfo info = described_fixture();
    const std::string text = info_text(info);
    CHECK_THAT(text, Catch::Contains("kind         snapq zip\n"));
    CHECK_THAT(text, Catch::Contains("source       run.pickle (pickle, 0 B)\n"));
    CHECK_THAT(text, Catch::Contains("rank         5\n"));
    CHECK_THAT(text, Catch::Contains("devices      0, 1 (viewer device 0)\n"));
    CHECK_THAT(text, Catch::Contains("allocations.device1.json"));
    CHECK_THAT(text, Catch::Contains("unmatched_free"));
    CHECK_THAT(text, Catch::Contains("1,234"));
    CHECK_THAT(text, Catch::Contains("views: allocs\n"));
}

TEST_CASE("control characters from an archive are escaped") {
    const report::ArchiveInfo info = described_fixture();
    CHECK(info_text(info).find('\x1b') == std::string::npos);
}

TEST_CASE("the JSON is one line with the same content") {
    const report::ArchiveInfo info = described_fixture();
    const std::string json = info_json(info);
    CHECK(json.find('\n') == json.size() - 1);
    CHECK_THAT(json,
               Catch::StartsWith(R"({"format_version":1,"archive":"a.zip","kind":"snapq zip","bytes":)"));
    CHECK_THAT(json, Catch::Contains(R"("rank":5)"));
    CHECK_THAT(json, Catch::Contains(R"({"device":0,"kind":"unmatched_free","count":1234,"first_event":7})"));
    CHECK_THAT(json, Catch::Contains(R"({"name":"allocations","type":"table","rows":4})"));
    CHECK_THAT(json, Catch::Contains(R"({"name":"allocs","type":"view","rows":null})"));
}

TEST_CASE("an archive without a manifest is described by its entries") {
    const report::ArchiveInfo info = describe(tests::snapviewer_zip());
    CHECK_FALSE(info.manifest);
    CHECK_THAT(info_json(info), Catch::Contains(R"("manifest":null,"entries":[{)"));
    const std::string text = info_text(info);
    CHECK_THAT(text, Catch::Contains("SnapViewer zip"));
    CHECK(text.find("made by") == std::string::npos);
}

namespace {

report::VerifyReport damaged() {
    report::VerifyReport report;
    report.checks = {{"container", true, "snapq zip, 3 entries"}, {"elements.db", false, "chunk 2"}};
    report.damage = {{"elements.db", 17, "chunk 2 \x1b"}, {"", std::nullopt, "no manifest"}};
    return report;
}

std::string json_of(const report::VerifyReport& report) {
    return verify_json({"a.zip"}, {report});
}

}  // namespace

TEST_CASE("a whole archive ends with that word") {
    report::VerifyReport report;
    report.checks = {{"container", true, "fine"}};
    CHECK_THAT(verify_text("a.zip", report), Catch::StartsWith("a.zip\n") && Catch::EndsWith("whole\n"));
    CHECK(
        json_of(report) ==
        R"({"format_version":1,"archives":[{"archive":"a.zip","ok":true,"checks":[{"name":"container","ok":true,"detail":"fine"}],"damage":[]}]})"
        "\n");
}

TEST_CASE("damage is listed with its place") {
    const std::string text = verify_text("a.zip", damaged());
    CHECK_THAT(text, Catch::Contains("elements.db  FAIL"));
    CHECK_THAT(text, Catch::Contains("  elements.db, byte 17: chunk 2 \\x1b\n"));
    CHECK_THAT(text, Catch::EndsWith("  container: no manifest\n"));
    CHECK_THAT(json_of(damaged()),
               Catch::Contains(R"({"entry":null,"offset":null,"message":"no manifest"})"));
}

}  // namespace snapq::render
