#include "analysis/summary/thresholds.hpp"

#include "support/catch.hpp"
#include "support/devices.hpp"

using namespace snapq;
using namespace snapq::analysis;

namespace {

report::DeviceFigures figures() {
    report::DeviceFigures figures;
    figures.device = 3;
    figures.has_trace = true;
    figures.peak_requested_bytes = 1000;
    figures.peak_reserved_bytes = 2000;
    figures.preexisting_bytes = 100;
    figures.end_requested_bytes = 400;
    figures.unfreed_bytes = 350;
    figures.oom_events = 1;
    return figures;
}

report::Fragmentation split() {
    report::Fragmentation split;
    split.reserved_bytes = 1999;
    split.stranded_bytes = 500;
    return split;
}

bool passes(const Thresholds& thresholds, const report::DeviceFigures& of = figures()) {
    const auto checks = check_device(thresholds, of, split());
    REQUIRE(checks.size() == 1);
    return checks[0].ok;
}

Thresholds limit(std::optional<std::int64_t> Thresholds::*member, std::int64_t value) {
    Thresholds thresholds;
    thresholds.*member = value;
    return thresholds;
}

Thresholds stranded(const char* text) {
    Thresholds thresholds;
    thresholds.max_stranded = parse_size_or_percent(text);
    REQUIRE(thresholds.max_stranded);
    return thresholds;
}

}  // namespace

TEST_CASE("a figure fails above its limit and passes at its limit") {
    const std::pair<std::optional<std::int64_t> Thresholds::*, std::int64_t> cases[] = {
        {&Thresholds::max_peak, 1000},  {&Thresholds::max_reserved, 2000}, {&Thresholds::max_end, 400},
        {&Thresholds::max_growth, 300}, {&Thresholds::max_unfreed, 350},
    };
    for (const auto& [member, value] : cases) {
        CHECK_FALSE(passes(limit(member, value - 1)));
        CHECK(passes(limit(member, value)));
        CHECK(passes(limit(member, value + 1)));
    }
}

TEST_CASE("stranded bytes have a limit in bytes or in percent of the reserved bytes") {
    CHECK_FALSE(passes(stranded("499")));
    CHECK(passes(stranded("500")));
    CHECK_FALSE(passes(stranded("25%")));  // 499.75 bytes
    CHECK(passes(stranded("25.02%")));
    CHECK(passes(stranded("100%")));
    CHECK_FALSE(passes(stranded("0%")));
}

TEST_CASE("percentages are numbers with a percent sign") {
    CHECK(parse_size_or_percent("20%")->percent == 20.0);
    CHECK(parse_size_or_percent("0.5%")->percent == 0.5);
    CHECK(parse_size_or_percent("1KiB")->bytes == 1024);
    for (const char* text : {"%", "-1%", "5 %", "1e2%", "nan%", "20percent", "100001%", ""}) {
        CHECK_FALSE(parse_size_or_percent(text));
    }
}

TEST_CASE("a limit on a figure over time fails without a trace, with the reason") {
    report::DeviceFigures state = figures();
    state.has_trace = false;
    Thresholds thresholds = limit(&Thresholds::max_peak, 5000);
    const auto checks = check_device(thresholds, state, std::nullopt);
    REQUIRE(checks.size() == 1);
    CHECK_FALSE(checks[0].ok);
    CHECK(checks[0].reason == "no-trace");
    CHECK_FALSE(checks[0].value);
    thresholds.allow_no_trace = true;
    CHECK(passes(thresholds, state));
    CHECK(passes(limit(&Thresholds::max_end, 400), state));
}

TEST_CASE("an unknown figure fails its limit") {
    report::DeviceFigures unknown = figures();
    unknown.peak_reserved_bytes = std::nullopt;
    const auto checks = check_device(limit(&Thresholds::max_reserved, 5000), unknown, std::nullopt);
    CHECK_FALSE(checks[0].ok);
    CHECK(checks[0].reason == "unknown");
    CHECK_FALSE(check_device(stranded("99%"), figures(), std::nullopt)[0].ok);
}

TEST_CASE("no-oom fails for any OOM, strict fails for an incomplete trace") {
    Thresholds thresholds;
    thresholds.no_oom = true;
    CHECK_FALSE(passes(thresholds));
    report::DeviceFigures fine = figures();
    fine.oom_events = 0;
    CHECK(passes(thresholds, fine));
    thresholds = {};
    thresholds.strict = true;
    CHECK(passes(thresholds));
    fine.complete = false;
    const auto checks = check_device(thresholds, fine, std::nullopt);
    CHECK_FALSE(checks[0].ok);
    CHECK(checks[0].reason == "lower-bound");
}

TEST_CASE("strict fails without a trace, unless allow_no_trace is set") {
    Thresholds thresholds;
    thresholds.strict = true;
    report::DeviceFigures state = figures();
    state.has_trace = false;
    CHECK_FALSE(passes(thresholds, state));
    CHECK(check_device(thresholds, state, std::nullopt)[0].reason == "no-trace");
    thresholds.allow_no_trace = true;
    CHECK(passes(thresholds, state));
    state.complete = false;
    CHECK_FALSE(passes(thresholds, state));
}

TEST_CASE("an empty snapshot fails limits, unless allow_no_trace is set") {
    Thresholds thresholds = limit(&Thresholds::max_peak, 5000);
    CHECK_FALSE(report::all_ok(check_without_device(thresholds)));
    thresholds.allow_no_trace = true;
    CHECK(report::all_ok(check_without_device(thresholds)));
    CHECK(check_without_device({}).empty());
    CHECK_FALSE(Thresholds{}.any());
    CHECK(thresholds.any());
}

TEST_CASE("checks have the number of the device, and the order of the options") {
    Thresholds thresholds = stranded("25%");
    thresholds.max_peak = 1;
    thresholds.no_oom = true;
    const auto checks = check_device(thresholds, figures(), split());
    REQUIRE(checks.size() == 3);
    CHECK(checks[0].name == "max-peak");
    CHECK(checks[1].name == "max-stranded");
    CHECK(checks[1].limit == 499);
    CHECK(checks[2].name == "no-oom");
    CHECK_FALSE(checks[2].is_bytes);
    for (const report::Check& check : checks) CHECK(check.device == 3);
}

TEST_CASE("pinned host memory has a limit of its own, which fails when the archive has none") {
    const auto check_peak = [](const report::DeviceFigures* host, bool allow_no_trace) {
        Thresholds thresholds = limit(&Thresholds::max_host_peak, 1000);
        thresholds.allow_no_trace = allow_no_trace;
        CHECK(thresholds.any());
        CHECK(check_device(thresholds, figures(), split()).empty());
        const auto checks = check_host(thresholds, host);
        REQUIRE(checks.size() == 1);
        CHECK(checks[0].name == "max-host-peak");
        CHECK(checks[0].device == k_host_device);
        return checks[0];
    };
    report::DeviceFigures host = figures();
    host.device = k_host_device;
    CHECK(check_peak(&host, false).ok);
    host.peak_requested_bytes = 1001;
    CHECK_FALSE(check_peak(&host, false).ok);
    CHECK(check_peak(nullptr, false).reason == "no-trace");
    CHECK_FALSE(check_peak(nullptr, false).ok);
    CHECK(check_peak(nullptr, true).ok);
    CHECK(check_host(limit(&Thresholds::max_peak, 1), &host).empty());
}

TEST_CASE("the bytes of a category at the peak have limits") {
    Thresholds thresholds;
    thresholds.max_category = {{"activation", 100}, {"gradient", 9}, {"kv_cache", 0}};
    CHECK(thresholds.any());
    report::DeviceFigures device;
    device.has_trace = true;
    const std::vector<report::CategoryBytes> categories{{"activation", 100, 2, {}}, {"gradient", 10, 1, {}}};
    const auto checks = check_device(thresholds, device, std::nullopt, categories);
    REQUIRE(checks.size() == 3);
    CHECK(checks[0].name == "max-category:activation");
    CHECK(checks[0].ok);
    CHECK(checks[0].value == 100);
    CHECK_FALSE(checks[1].ok);
    CHECK(checks[1].value == 10);
    CHECK(checks[2].ok);
    CHECK(checks[2].value == 0);
    for (const report::Check& check : check_device(thresholds, device, std::nullopt)) {
        CHECK_FALSE(check.ok);
        CHECK(check.reason == "unknown");
    }
}
