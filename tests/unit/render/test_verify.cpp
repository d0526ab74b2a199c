#include "render/reports.hpp"

#include "support/catch.hpp"

namespace snapq::render {
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
