#include "analysis/summary/thresholds.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "support/devices.hpp"
#include "support/numbers.hpp"

namespace snapq::analysis {
namespace {

using report::Check;
using report::MaybeInteger;

constexpr double k_most_percent = 100000.0;

class Checker {
public:
    Checker(const Thresholds& thresholds, const report::DeviceFigures& figures)
        : m_thresholds(thresholds), m_figures(figures) {}

    // `needs_trace`: the figure is about the whole run, so the state at the dump is not enough.
    void check(const std::string& name, MaybeInteger limit, MaybeInteger value, bool needs_trace) {
        if (!limit) return;
        Check check{.name = name, .device = m_figures.device, .value = value, .limit = limit};
        if (needs_trace && !m_figures.has_trace && !m_thresholds.allow_no_trace) {
            check.value = std::nullopt;
            check.reason = "no-trace";
        } else if (!value) {
            check.reason = "unknown";
        }
        check.ok = check.value && *check.value <= *limit;
        m_checks.push_back(std::move(check));
    }
    Check& last() { return m_checks.back(); }
    void add(Check check) { m_checks.push_back(std::move(check)); }
    std::vector<Check> take() { return std::move(m_checks); }

private:
    const Thresholds& m_thresholds;
    const report::DeviceFigures& m_figures;
    std::vector<Check> m_checks;
};

void check_stranded(Checker& checker, const SizeOrPercent& limit,
                    const std::optional<report::Fragmentation>& at_peak) {
    MaybeInteger stranded;
    MaybeInteger reserved;
    if (at_peak) {
        stranded = at_peak->stranded_bytes;
        reserved = at_peak->reserved_bytes;
    }
    if (limit.percent && !reserved) stranded = std::nullopt;
    checker.check("max-stranded", limit.bytes_of(reserved.value_or(0)), stranded, true);
}

// A category without a row has nothing. Unknown categories fail.
void check_categories(Checker& checker, const std::vector<CategoryLimit>& limits,
                      const MaybeCategories& categories) {
    for (const CategoryLimit& limit : limits) {
        MaybeInteger bytes;
        if (categories) {
            const auto found =
                std::ranges::find(*categories, limit.category, &report::CategoryBytes::category);
            bytes = found == categories->end() ? 0 : found->bytes;
        }
        checker.check("max-category:" + limit.category, limit.bytes, bytes, true);
    }
}

// Fails for a peak that is only a lower bound, and for a state at the dump, which has no peak.
Check check_strictly(const Thresholds& thresholds, const report::DeviceFigures& figures) {
    Check check{.name = "strict", .device = figures.device};
    check.ok = figures.complete && (figures.has_trace || thresholds.allow_no_trace);
    if (!figures.has_trace) check.reason = "no-trace";
    if (!figures.complete) check.reason = "lower-bound";
    return check;
}

}  // namespace

std::int64_t SizeOrPercent::bytes_of(std::int64_t whole) const {
    if (bytes) return *bytes;
    return static_cast<std::int64_t>(
        std::floor(static_cast<long double>(whole) * percent.value_or(0) / 100.0L));
}

std::optional<SizeOrPercent> parse_size_or_percent(std::string_view text) {
    SizeOrPercent result;
    if (!text.ends_with('%')) {
        result.bytes = parse_size(text);
        if (!result.bytes) return std::nullopt;
        return result;
    }
    text.remove_suffix(1);
    double percent = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
    if (parsed.ec != std::errc() || parsed.ptr != end || !(percent >= 0 && percent <= k_most_percent))
        return std::nullopt;
    result.percent = percent;
    return result;
}

bool Thresholds::any() const {
    return max_peak || max_reserved || max_end || max_growth || max_unfreed || max_host_peak ||
           max_stranded || !max_category.empty() || no_oom || strict;
}

std::vector<Check> check_device(const Thresholds& thresholds, const report::DeviceFigures& figures,
                                const std::optional<report::Fragmentation>& at_peak,
                                const MaybeCategories& categories) {
    Checker checker(thresholds, figures);
    checker.check("max-peak", thresholds.max_peak, figures.peak_requested_bytes, true);
    checker.check("max-reserved", thresholds.max_reserved, figures.peak_reserved_bytes, true);
    checker.check("max-end", thresholds.max_end, figures.end_requested_bytes, false);
    checker.check("max-growth-in-trace", thresholds.max_growth, figures.growth_bytes(), true);
    checker.check("max-unfreed", thresholds.max_unfreed, figures.unfreed_bytes, true);
    if (thresholds.max_stranded) check_stranded(checker, *thresholds.max_stranded, at_peak);
    check_categories(checker, thresholds.max_category, categories);
    if (thresholds.no_oom) {
        checker.check("no-oom", 0, figures.oom_events, true);
        checker.last().is_bytes = false;
    }
    if (thresholds.strict) checker.add(check_strictly(thresholds, figures));
    return checker.take();
}

std::vector<Check> check_host(const Thresholds& thresholds, const report::DeviceFigures* host) {
    report::DeviceFigures nothing;
    nothing.device = k_host_device;
    nothing.peak_requested_bytes = 0;
    const report::DeviceFigures& figures = host != nullptr ? *host : nothing;
    Checker checker(thresholds, figures);
    checker.check("max-host-peak", thresholds.max_host_peak, figures.peak_requested_bytes, true);
    return checker.take();
}

std::vector<Check> check_without_device(const Thresholds& thresholds) {
    report::DeviceFigures nothing;
    nothing.peak_requested_bytes = nothing.peak_reserved_bytes = nothing.end_requested_bytes = 0;
    nothing.preexisting_bytes = nothing.unfreed_bytes = nothing.oom_events = 0;
    report::Fragmentation at_peak;
    at_peak.reserved_bytes = at_peak.stranded_bytes = 0;
    return check_device(thresholds, nothing, at_peak, std::vector<report::CategoryBytes>());
}

}  // namespace snapq::analysis
