#include "report/summary.hpp"

#include <algorithm>

namespace snapq::report {

bool DeviceSummary::is_idle() const {
    const auto is_zero = [](MaybeInteger value) { return value.value_or(0) == 0; };
    return is_zero(figures.allocation_count) && is_zero(figures.oom_events) &&
           is_zero(figures.peak_requested_bytes) && is_zero(figures.peak_reserved_bytes) &&
           is_zero(figures.end_requested_bytes) && is_zero(figures.end_reserved_bytes);
}

bool UnevenLoad::same_sites() const {
    const auto has = [this](const LiveRow& row) {
        return std::ranges::find(typical_sites, row.key, &LiveRow::key) != typical_sites.end();
    };
    return !sites.empty() && sites.size() == typical_sites.size() && std::ranges::all_of(sites, has);
}

}  // namespace snapq::report
