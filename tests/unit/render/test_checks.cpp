#include "render/checks.hpp"

#include "support/catch.hpp"

using namespace snapq;
using namespace snapq::render;

namespace {

report::Check check(bool ok) {
    report::Check check;
    check.name = "max-peak";
    check.device = 1;
    check.value = ok ? 1024 : 4096;
    check.limit = 2048;
    check.ok = ok;
    return check;
}

}  // namespace

TEST_CASE("each check is one line that scripts can split at spaces") {
    CHECK(checks_text({check(true)}) == "ok max-peak 1 1024 2048 (device 1: 1.00 KiB, limit 2.00 KiB)\n");
    report::Check failed = check(false);
    failed.subject = "reached by a.py:1 f";
    CHECK(checks_text({failed}) ==
          "FAIL max-peak 1 4096 2048 (device 1: 4.00 KiB, 2.00 KiB over the limit of 2.00 KiB; reached by "
          "a.py:1 "
          "f)\n");
    failed.value = std::nullopt;
    failed.reason = "no-trace";
    CHECK(checks_text({failed}).starts_with("FAIL max-peak no-trace (device 1: "));
    CHECK(checks_text({}).empty());
}

TEST_CASE("a check of growth shows what it grew from, by how much, and what is allowed") {
    constexpr std::int64_t k_mib = 1 << 20;
    report::Check failed = check(false);
    failed.name = "max-growth";
    failed.base = 635 * k_mib;
    failed.value = 10609 * k_mib;
    failed.limit = 256 * k_mib;
    const std::string text =
        "device 1: 10.98 GiB, base 635.00 MiB, +10.36 GiB (+1,671 %), allowed 256.00 MiB";
    CHECK(checks_text({failed}) == "FAIL max-growth " + text + "\n");
    CHECK(github_errors({failed}).find(text.substr(0, 40)) != std::string::npos);
    CHECK(checks_markdown({failed}).find("| +10.36 GiB (+1,671 %) from 635.00 MiB | 256.00 MiB |") !=
          std::string::npos);
    failed.base = 0;
    CHECK(checks_text({failed}).ends_with("device 1: 10.36 GiB, base 0 B, +10.36 GiB, allowed 256.00 MiB\n"));
    failed.base = 400 * k_mib;
    failed.value = -k_mib;
    CHECK(checks_text({failed}).ends_with("base 400.00 MiB, -1.00 MiB (-0.2 %), allowed 256.00 MiB\n"));
    failed.value = 0;
    CHECK(checks_text({failed}).ends_with("base 400.00 MiB, 0 B, allowed 256.00 MiB\n"));
}

TEST_CASE("a check names its rank, or its archive if the rank is unknown") {
    report::Check failed = check(false);
    failed.archive = "r3.zip";
    failed.rank = 3;
    CHECK(checks_text({failed}).find("(rank 3, device 1: ") != std::string::npos);
    failed.rank = std::nullopt;
    CHECK(checks_text({failed}).find("(r3.zip, device 1: ") != std::string::npos);
}

TEST_CASE("each failed check becomes one line for GitHub, with special characters escaped") {
    report::Check failed = check(false);
    failed.subject = "50% of\nit";
    CHECK(github_errors({check(true)}).empty());
    CHECK(github_errors({check(true), failed}) ==
          "::error title=snapq max-peak::device 1: 4.00 KiB, 2.00 KiB over the limit of 2.00 KiB; 50%25 "
          "of\\nit\n");
    failed.name = "a:b,c";
    CHECK(github_errors({failed}).starts_with("::error title=snapq a%3Ab%2Cc::"));
}

TEST_CASE("JSON has the reason only without a value, and the archive only if there are several") {
    std::string text;
    json::JsonWriter json(text);
    report::Check failed = check(false);
    failed.value = std::nullopt;
    failed.reason = "no-trace";
    write_checks(json, {check(true), failed});
    CHECK(text ==
          R"([{"name":"max-peak","device":1,"value":1024,"limit":2048,"ok":true},)"
          R"({"name":"max-peak","device":1,"value":null,"limit":2048,"ok":false,"reason":"no-trace"}])");
}
