// Limits that the user set, checked against the figures of devices. A figure fails if it is above its limit.
// A figure that is not known fails too, so that a CI job does not pass by accident.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/check.hpp"
#include "report/figures.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

// "512MiB" or "5%": bytes, or a share of another figure.
struct SizeOrPercent {
    std::optional<std::int64_t> bytes;
    std::optional<double> percent;

    // The limit in bytes; a percentage is taken of `whole` and rounded down.
    [[nodiscard]] std::int64_t bytes_of(std::int64_t whole) const;
};

// nullopt for any other text. A percentage is from 0 to 100000 and may have decimals.
[[nodiscard]] std::optional<SizeOrPercent> parse_size_or_percent(std::string_view text);

// The most that may be live of one category at the peak.
struct CategoryLimit {
    std::string category;
    std::int64_t bytes = 0;
};

// Sizes are in bytes. A limit that is not set is not checked.
struct Thresholds {
    std::optional<std::int64_t> max_peak;
    std::optional<std::int64_t> max_reserved;
    std::optional<std::int64_t> max_end;
    std::optional<std::int64_t> max_growth;  // --max-growth-in-trace
    std::optional<std::int64_t> max_unfreed;
    std::optional<std::int64_t> max_host_peak;  // only of pinned host memory
    std::optional<SizeOrPercent> max_stranded;
    std::vector<CategoryLimit> max_category;
    bool no_oom = false;
    bool allow_no_trace = false;
    bool strict = false;

    [[nodiscard]] bool any() const;
};

using MaybeCategories = std::optional<std::vector<report::CategoryBytes>>;

// The checks of one device, in the order of the members of Thresholds, without max_host_peak. `at_peak` is
// fragmentation_at(…, "peak"), and `categories` are categories_at(…, "peak").
[[nodiscard]] std::vector<report::Check> check_device(const Thresholds& thresholds,
                                                      const report::DeviceFigures& figures,
                                                      const std::optional<report::Fragmentation>& at_peak,
                                                      const MaybeCategories& categories = std::nullopt);

// The check of max_host_peak, if it is set. `host` null: the archive has no pinned host memory. Then it is
// not known whether the program used some, because PyTorch records it only when it is asked to.
[[nodiscard]] std::vector<report::Check> check_host(const Thresholds& thresholds,
                                                    const report::DeviceFigures* host);

// The checks of an archive without an accelerator: all figures are 0, and there is no trace.
[[nodiscard]] std::vector<report::Check> check_without_device(const Thresholds& thresholds);

}  // namespace snapq::analysis
