#include <algorithm>
#include <charconv>
#include <limits>

#include "analysis/diff/side.hpp"
#include "support/devices.hpp"
#include "support/numbers.hpp"
#include "support/text.hpp"

namespace snapq::analysis {
namespace {

using report::Check;
using report::DiffDevice;
using report::DiffFigure;
using report::DiffMoment;

constexpr std::int64_t k_micro = 1'000'000;
constexpr std::int64_t k_whole = 100 * k_micro;  // 100 %
constexpr std::int64_t k_most_percent = 10'000;
constexpr std::int64_t k_largest = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> digits(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || text[0] == '-' || parsed.ptr != end || parsed.ec != std::errc()) return std::nullopt;
    return number;
}

// Not a double, because 0.7 % of 1000 would then be 6 instead of 7.
std::optional<std::int64_t> micro_percent(std::string_view text) {
    constexpr std::size_t k_decimals = 6;
    const std::size_t point = text.find('.');
    const auto whole = digits(text.substr(0, point));
    if (!whole || *whole > k_most_percent) return std::nullopt;
    if (point == std::string_view::npos) return *whole * k_micro;
    std::string decimals(text.substr(point + 1));
    if (decimals.empty() || decimals.size() > k_decimals) return std::nullopt;
    decimals.resize(k_decimals, '0');
    const auto fraction = digits(decimals);
    if (!fraction) return std::nullopt;
    return *whole * k_micro + *fraction;
}

bool add_part(GrowthLimit& limit, std::string_view part) {
    const bool percent = part.ends_with('%');
    std::optional<std::int64_t>& to = percent ? limit.micro_percent : limit.bytes;
    if (to) return false;
    to = percent ? micro_percent(trimmed(part.substr(0, part.size() - 1), " ")) : parse_size(part);
    return to.has_value();
}

bool at_peaks(const DiffDevice& device) {
    const auto at_peak = [](const std::optional<DiffMoment>& at) { return !at || at->moment == "peak"; };
    return at_peak(device.base_at) && at_peak(device.new_at);
}

// Without a trace, only the state at the end is known.
bool lacks_trace(const std::optional<DiffMoment>& at) {
    return at && !at->has_trace && at->moment != "end";
}

// If a side has a trace or is compared at its end, and does not have the device, then it did not use the
// device. Otherwise the device's peak is not known.
bool lacks_trace(const DiffDevice& device) {
    const std::optional<DiffMoment>& there = device.in_new ? device.new_at : device.base_at;
    const bool at_end = there && there->moment == "end";
    return lacks_trace(device.base_at) || lacks_trace(device.new_at) || (device.unrecorded && !at_end);
}

// The figure that a limit is about, and the one that replaces it if a side has no trace.
struct Measure {
    std::string name;
    DiffFigure figure;
    DiffFigure at_dump;
};

Check check_growth(const DiffDevice& device, const Measure& measure, const GrowthLimit& limit,
                   bool allow_no_trace) {
    Check check;
    check.name = measure.name;
    check.device = device.device;
    const bool no_trace = lacks_trace(device);
    const DiffFigure& figure = no_trace ? measure.at_dump : measure.figure;
    if (figure.base) check.limit = limit.allowed(*figure.base);
    if (no_trace && !allow_no_trace) {
        check.ok = false;
        check.reason = "no-trace";
        return check;
    }
    check.base = figure.base;
    check.value = figure.delta();
    check.ok = check.value && *check.value <= *check.limit;
    if (!check.value) check.reason = "unknown";
    return check;
}

void check_rows(const DiffDevice& device, std::int64_t limit, bool allow_no_trace,
                std::vector<Check>& checks) {
    Check check;
    check.name = "max-row-growth";
    check.device = device.device;
    check.limit = limit;
    if (lacks_trace(device) && !allow_no_trace) {
        check.ok = false;
        check.reason = "no-trace";
        checks.push_back(check);
        return;
    }
    const report::DiffRow* most = nullptr;
    for (const report::DiffRow& row : device.rows) {
        if (most == nullptr || row.delta() > most->delta()) most = &row;
        if (row.delta() <= limit) continue;
        check.ok = false;
        check.value = row.delta();
        check.base = row.base_bytes;
        check.older_bytes = row.new_older_bytes;
        check.subject = row.key;
        checks.push_back(check);
    }
    check.base = std::nullopt;
    check.older_bytes = 0;
    if (device.others.largest_delta > limit) {
        check.ok = false;
        check.value = device.others.largest_delta;
        check.subject = "[other]";
        checks.push_back(check);
    }
    if (!check.ok) return;
    check.value = most == nullptr ? 0 : most->delta();
    if (most != nullptr) {
        check.base = most->base_bytes;
        check.subject = most->key;
    }
    if (!device.rows_known) {
        check.ok = false;
        check.base = check.value = std::nullopt;
        check.reason = "unknown";
    }
    checks.push_back(check);
}

void check_device(const DiffDevice& device, const DiffLimits& limits, std::vector<Check>& checks) {
    const bool peaks = at_peaks(device);
    if (limits.max_growth) {
        const Measure measure{"max-growth", peaks ? device.peak_requested : device.requested,
                              device.end_requested};
        checks.push_back(check_growth(device, measure, *limits.max_growth, limits.allow_no_trace));
    }
    if (limits.max_reserved_growth) {
        const Measure measure{"max-reserved-growth", peaks ? device.peak_reserved : device.reserved,
                              device.end_reserved};
        checks.push_back(check_growth(device, measure, *limits.max_reserved_growth, limits.allow_no_trace));
    }
    if (limits.max_row_growth) check_rows(device, *limits.max_row_growth, limits.allow_no_trace, checks);
}

// For sides that have only pinned host memory. The limits do not apply to it, but they must not pass without
// a check.
void refuse_without_device(const DiffLimits& limits, std::vector<Check>& checks) {
    const auto refuse = [&](const char* name) {
        checks.push_back({.name = name, .device = 0, .ok = false, .reason = "no-trace"});
    };
    if (limits.max_growth) refuse("max-growth");
    if (limits.max_reserved_growth) refuse("max-reserved-growth");
    if (limits.max_row_growth) refuse("max-row-growth");
}

}  // namespace

std::int64_t GrowthLimit::allowed(std::int64_t base) const {
    std::int64_t most = bytes.value_or(0);
    if (!micro_percent || base <= 0) return most;
    // In two steps, because the product does not fit into 64 bits; the second step stays below 10^18.
    std::int64_t part = 0;
    if (__builtin_mul_overflow(base / k_whole, *micro_percent, &part)) return k_largest;
    if (__builtin_add_overflow(part, base % k_whole * *micro_percent / k_whole, &part)) return k_largest;
    return std::max(most, part);
}

std::optional<GrowthLimit> parse_growth_limit(std::string_view text) {
    GrowthLimit limit;
    while (true) {
        const std::size_t comma = text.find(',');
        if (!add_part(limit, trimmed(text.substr(0, comma), " "))) return std::nullopt;
        if (comma == std::string_view::npos) return limit;
        text.remove_prefix(comma + 1);
    }
}

std::vector<Check> check_limits(const report::DiffReport& report, const DiffLimits& limits,
                                std::optional<std::int64_t> asked) {
    std::vector<Check> checks;
    bool is_checked = false;
    for (const DiffDevice& device : report.devices) {
        if (!asked && device.device == k_host_device) continue;
        check_device(device, limits, checks);
        is_checked = true;
    }
    if (!is_checked) refuse_without_device(limits, checks);
    return checks;
}

}  // namespace snapq::analysis
