#include "analysis/diff/side.hpp"

#include <limits>

#include "support/catch.hpp"
#include "support/devices.hpp"

namespace snapq::analysis {
namespace {

using report::Check;
using report::DiffDevice;
using report::DiffReport;

constexpr std::int64_t k_mib = 1 << 20;

// One device whose peak went from `base` to `newer` bytes.
DiffReport report_of(std::int64_t base, std::int64_t newer) {
    DiffDevice device;
    device.in_base = device.in_new = true;
    report::DiffMoment peak;
    peak.moment = "peak";
    peak.has_trace = true;
    device.base_at = device.new_at = peak;
    device.peak_requested = {base, newer};
    device.peak_reserved = {base, newer};
    DiffReport made;
    made.base = "a.zip";
    made.devices.push_back(device);
    return made;
}

Check check_peak(std::int64_t base, std::int64_t newer, const std::string& limit) {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit(limit);
    REQUIRE(limits.max_growth.has_value());
    return check_limits(report_of(base, newer), limits).at(0);
}

TEST_CASE("growth passes just below and at its limit and fails just above, in every unit") {
    struct Spelling {
        std::string text;
        std::int64_t bytes;
    };
    const std::int64_t base = 1000 * k_mib;
    const auto [text, bytes] = GENERATE(values<Spelling>({{"512MiB", 512 * k_mib},
                                                          {"0.5GiB", 512 * k_mib},
                                                          {"524288KiB", 512 * k_mib},
                                                          {"536870912", 512 * k_mib},
                                                          {"536870912B", 512 * k_mib},
                                                          {"20MB", 20'000'000},
                                                          {"0.02GB", 20'000'000},
                                                          {"20000kB", 20'000'000},
                                                          {"5%", 50 * k_mib},
                                                          {"5 %", 50 * k_mib},
                                                          {"5.0%", 50 * k_mib},
                                                          {"0.7%", 7 * k_mib},
                                                          {"5%,512MiB", 512 * k_mib},
                                                          {"512MiB,5%", 512 * k_mib},
                                                          {"5%, 1MiB", 50 * k_mib},
                                                          {"0", 0},
                                                          {"0%", 0}}));
    CAPTURE(text);
    CHECK(check_peak(base, base + bytes - 1, text).ok);
    CHECK(check_peak(base, base + bytes, text).ok);
    const Check above = check_peak(base, base + bytes + 1, text);
    CHECK_FALSE(above.ok);
    CHECK(above.value == bytes + 1);
    CHECK(above.limit == bytes);
    CHECK(above.name == "max-growth");
}

TEST_CASE("text that is not a limit is refused") {
    for (const char* text : {"", "%", "5%%", "-5%", "+5%", "x", "512XiB", "5%,", ",5%", "5%,6%", "1MiB,2MiB",
                             "5,5%,1", "1e3%", "0.1234567%", "10001%", ".5%", "5.%", "-1MiB", "5percent"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_growth_limit(text).has_value());
    }
}

TEST_CASE("percentages are rounded down and exact for large numbers") {
    CHECK(parse_growth_limit("0.7%")->allowed(1000) == 7);
    CHECK(parse_growth_limit("33.333333%")->allowed(3) == 0);
    CHECK(parse_growth_limit("100%")->allowed(9'007'199'254'740'993) == 9'007'199'254'740'993);
    CHECK(parse_growth_limit("10000%")->allowed(std::numeric_limits<std::int64_t>::max()) ==
          std::numeric_limits<std::int64_t>::max());
    CHECK(parse_growth_limit("5%")->allowed(0) == 0);
    CHECK(parse_growth_limit("5%,3B")->allowed(0) == 3);
}

TEST_CASE("a peak that shrank passes") {
    const Check check = check_peak(100, 40, "0");
    CHECK(check.ok);
    CHECK(check.value == -60);
}

TEST_CASE("reserved bytes have their own limit") {
    DiffLimits limits;
    limits.max_reserved_growth = parse_growth_limit("10%");
    DiffReport report = report_of(100, 500);
    report.devices[0].peak_reserved = {1000, 1101};
    auto checks = check_limits(report, limits);
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].name == "max-reserved-growth");
    CHECK_FALSE(checks[0].ok);
    report.devices[0].peak_reserved = {1000, 1100};
    CHECK(check_limits(report, limits)[0].ok);
    report.devices[0].peak_reserved = {1000, std::nullopt};
    checks = check_limits(report, limits);
    CHECK_FALSE(checks[0].ok);
    CHECK(checks[0].reason == "unknown");
    CHECK(checks[0].limit == 100);
}

TEST_CASE("at moments other than the peak, the live bytes are checked") {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit("10B");
    DiffReport report = report_of(100, 100);
    report.devices[0].base_at->moment = "start";
    report.devices[0].new_at->moment = "end";
    report.devices[0].requested = {50, 61};
    CHECK(check_limits(report, limits)[0].value == 11);
}

TEST_CASE("without a trace, the check fails unless the state at the dump is allowed") {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit("10B");
    DiffReport report = report_of(100, 100);
    report.devices[0].new_at->has_trace = false;
    report.devices[0].end_requested = {50, 61};
    Check check = check_limits(report, limits)[0];
    CHECK_FALSE(check.ok);
    CHECK(check.reason == "no-trace");
    CHECK_FALSE(check.value.has_value());
    limits.allow_no_trace = true;
    check = check_limits(report, limits)[0];
    CHECK_FALSE(check.ok);
    CHECK(check.value == 11);
}

TEST_CASE("rows of a file without a trace fail too, except at the end") {
    DiffLimits limits;
    limits.max_row_growth = 10;
    DiffReport report = report_of(100, 100);
    report.devices[0].rows_known = true;
    report.devices[0].new_at->has_trace = false;
    CHECK(check_limits(report, limits).at(0).reason == "no-trace");
    report.devices[0].new_at->moment = "end";
    CHECK(check_limits(report, limits).at(0).ok);
    report.devices[0].new_at->moment = "peak";
    limits.allow_no_trace = true;
    CHECK(check_limits(report, limits).at(0).ok);
}

TEST_CASE("a device that only BASE has was not used in NEW, if NEW has a trace") {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit("10B");
    limits.max_reserved_growth = limits.max_growth;
    limits.max_row_growth = 10;
    DiffReport report = report_of(100, 0);
    report.devices[0].rows_known = true;
    report.devices[0].in_new = false;
    report.devices[0].new_at.reset();
    CHECK(report::all_ok(check_limits(report, limits)));
    report.devices[0].unrecorded = true;
    for (const Check& check : check_limits(report, limits)) {
        CAPTURE(check.name);
        CHECK_FALSE(check.ok);
        CHECK(check.reason == "no-trace");
    }
    report.devices[0].end_requested = report.devices[0].end_reserved = {50, 0};
    limits.allow_no_trace = true;
    CHECK(report::all_ok(check_limits(report, limits)));
}

TEST_CASE("each row above the limit has a check, otherwise the row that grew most has one") {
    DiffLimits limits;
    limits.max_row_growth = 10;
    DiffReport report = report_of(0, 0);
    const auto row = [](const std::string& key, std::int64_t base, std::int64_t newer) {
        report::DiffRow made;
        made.key = key;
        made.base_bytes = base;
        made.new_bytes = newer;
        return made;
    };
    report.devices[0].rows = {row("a", 0, 11), row("b", 5, 15), row("c", 100, 10), row("d", 1, 13)};
    auto checks = check_limits(report, limits);
    REQUIRE(checks.size() == 2);
    CHECK(checks[0].subject == "a");
    CHECK(checks[1].subject == "d");
    CHECK(checks[1].value == 12);
    limits.max_row_growth = 12;
    checks = check_limits(report, limits);
    REQUIRE(checks.size() == 1);
    CHECK(checks[0].ok);
    CHECK(checks[0].subject == "d");
    report.devices[0].rows.clear();
    CHECK(check_limits(report, limits)[0].value == 0);
    report.devices[0].rows_known = false;
    CHECK(check_limits(report, limits)[0].reason == "unknown");
}

TEST_CASE("each device is checked separately") {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit("10%");
    DiffReport report = report_of(100, 105);
    report.devices.push_back(report.devices[0]);
    report.devices[1].device = 3;
    report.devices[1].peak_requested = {0, 1};
    const auto checks = check_limits(report, limits);
    REQUIRE(checks.size() == 2);
    CHECK(checks[0].ok);
    CHECK_FALSE(checks[1].ok);
    CHECK(checks[1].device == 3);
}

TEST_CASE("pinned host memory is checked only if it was asked for, and nothing else is no pass") {
    DiffLimits limits;
    limits.max_growth = parse_growth_limit("10%");
    limits.max_row_growth = 10;
    DiffReport report = report_of(100, 105);
    report.devices.push_back(report_of(100, 1000).devices[0]);
    report.devices[1].device = k_host_device;
    CHECK(report::all_ok(check_limits(report, limits)));
    report.devices.erase(report.devices.begin());
    const auto asked = check_limits(report, limits, k_host_device);
    REQUIRE(asked.size() == 2);
    CHECK_FALSE(asked[0].ok);
    CHECK(asked[0].value == 900);
    CHECK(asked[0].device == k_host_device);
    const auto not_asked = check_limits(report, limits);
    REQUIRE(not_asked.size() == 2);
    CHECK_FALSE(not_asked[0].ok);
    CHECK(not_asked[0].reason == "no-trace");
}

}  // namespace
}  // namespace snapq::analysis
