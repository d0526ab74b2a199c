#include "render/info.hpp"

#include "support/archive_fixture.hpp"
#include "support/catch.hpp"

namespace snapq::commands {
namespace {

struct Described {
    archive::ArchiveInfo info;
    std::optional<archive::Manifest> manifest;
};

Described describe(const std::string& zip) {
    const tests::ScratchFolder folder;
    tests::write_file(folder / "a.zip", zip);
    const archive::ArchiveReader reader = archive::open_archive(folder / "a.zip");
    Described described{archive::describe_archive(reader), reader.manifest()};
    described.info.path = "a.zip";
    return described;
}

Described described_fixture() {
    tests::ArchiveFixture fixture;
    fixture.manifest.labels = {{"model", "gpt \x1b[31m"}};
    fixture.manifest.rank = 5;
    fixture.manifest.anomalies = {{0, "unmatched_free", 1234, 7}};
    return describe(fixture.zip());
}

}  // namespace

TEST_CASE("people read what the archive is, holds and has counted") {
    const Described found = described_fixture();
    const std::string text = info_as_text(found.info, found.manifest);
    CHECK_THAT(text, Catch::Contains("kind         snapq zip\n"));
    CHECK_THAT(text, Catch::Contains("source       run.pickle (pickle, 0 B)\n"));
    CHECK_THAT(text, Catch::Contains("rank         5\n"));
    CHECK_THAT(text, Catch::Contains("devices      0, 1 (viewer device 0)\n"));
    CHECK_THAT(text, Catch::Contains("allocations.device1.json"));
    CHECK_THAT(text, Catch::Contains("unmatched_free"));
    CHECK_THAT(text, Catch::Contains("1,234"));
    CHECK_THAT(text, Catch::Contains("views: allocs\n"));
}

TEST_CASE("text of strangers cannot talk to the terminal") {
    const Described found = described_fixture();
    CHECK(info_as_text(found.info, found.manifest).find('\x1b') == std::string::npos);
}

TEST_CASE("scripts read the same as one line of JSON") {
    const Described found = described_fixture();
    const std::string json = info_as_json(found.info, found.manifest);
    CHECK(json.find('\n') == json.size() - 1);
    CHECK_THAT(json,
               Catch::StartsWith(R"({"format_version":1,"archive":"a.zip","kind":"snapq zip","bytes":)"));
    CHECK_THAT(json, Catch::Contains(R"("rank":5)"));
    CHECK_THAT(json, Catch::Contains(R"({"device":0,"kind":"unmatched_free","count":1234,"first_event":7})"));
    CHECK_THAT(json, Catch::Contains(R"({"name":"allocations","type":"table","rows":4})"));
    CHECK_THAT(json, Catch::Contains(R"({"name":"allocs","type":"view","rows":null})"));
}

TEST_CASE("an archive without a manifest is described by its entries") {
    const Described found = describe(tests::snapviewer_zip());
    CHECK_FALSE(found.manifest);
    CHECK_THAT(info_as_json(found.info, found.manifest), Catch::Contains(R"("manifest":null,"entries":[{)"));
    const std::string text = info_as_text(found.info, found.manifest);
    CHECK_THAT(text, Catch::Contains("SnapViewer zip"));
    CHECK(text.find("made by") == std::string::npos);
}

}  // namespace snapq::commands
