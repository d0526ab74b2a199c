// Limits that the user set, checked against figures of devices (design section 2.4). A figure fails when it
// is above its limit; one that cannot be told fails too, so that a gate never passes in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/check.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

// "512MiB" or "5%": bytes, or a share of another figure.
struct SizeOrPercent {
    std::optional<std::int64_t> bytes;
    std::optional<double> percent;

    // The limit in bytes, percent taken of `whole` and rounded down (a value above that is above the share).
    [[nodiscard]] std::int64_t bytes_of(std::int64_t whole) const;
};

// nullopt when the text is neither. Percent: 0 to 100000, decimals allowed.
[[nodiscard]] std::optional<SizeOrPercent> parse_size_or_percent(std::string_view text);

struct Thresholds {
    std::optional<std::int64_t> max_peak;
    std::optional<std::int64_t> max_reserved;
    std::optional<std::int64_t> max_end;
    std::optional<std::int64_t> max_growth;  // --max-growth-in-trace
    std::optional<std::int64_t> max_unfreed;
    std::optional<SizeOrPercent> max_stranded;
    bool no_oom = false;
    bool allow_no_trace = false;
    bool strict = false;

    [[nodiscard]] bool any() const;
};

// The checks of one device, in the order of the members above. `at_peak` is fragmentation_at(…, "peak").
[[nodiscard]] std::vector<report::Check> check_device(const Thresholds& thresholds,
                                                      const report::DeviceFigures& figures,
                                                      const std::optional<report::Fragmentation>& at_peak);

// The checks of an empty snapshot: there is no device, and no trace of one.
[[nodiscard]] std::vector<report::Check> check_without_device(const Thresholds& thresholds);

}  // namespace snapq::analysis
