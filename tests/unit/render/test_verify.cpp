#include "render/verify.hpp"

#include "support/catch.hpp"

namespace snapq::commands {
namespace {

archive::VerifyReport damaged() {
    archive::VerifyReport report;
    report.checks = {{"container", true, "snapq zip, 3 entries"}, {"elements.db", false, "chunk 2"}};
    report.damage = {{"elements.db", 17, "chunk 2 \x1b"}, {"", std::nullopt, "no manifest"}};
    return report;
}

std::string json_of(const archive::VerifyReport& report) {
    std::string text;
    json::JsonWriter json(text);
    write_verify(json, "a.zip", report);
    return text;
}

}  // namespace

TEST_CASE("a whole archive ends with that word") {
    archive::VerifyReport report;
    report.checks = {{"container", true, "fine"}};
    CHECK_THAT(verify_as_text("a.zip", report), Catch::StartsWith("a.zip\n") && Catch::EndsWith("whole\n"));
    CHECK(
        json_of(report) ==
        R"({"archive":"a.zip","ok":true,"checks":[{"name":"container","ok":true,"detail":"fine"}],"damage":[]})");
}

TEST_CASE("damage is listed with its place") {
    const std::string text = verify_as_text("a.zip", damaged());
    CHECK_THAT(text, Catch::Contains("elements.db  FAIL"));
    CHECK_THAT(text, Catch::Contains("  elements.db, byte 17: chunk 2 \\x1b\n"));
    CHECK_THAT(text, Catch::EndsWith("  container: no manifest\n"));
    CHECK_THAT(json_of(damaged()),
               Catch::Contains(R"({"entry":null,"offset":null,"message":"no manifest"})"));
}

}  // namespace snapq::commands
