// The moments for which the tables have everything that was live.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

struct Moment {
    std::string name;         // start, peak, reserved-peak, end, oom:N
    std::int64_t event = -1;  // the state after it
};

// Only this many OOMs get moments, because a program that tries again may have thousands with the same
// memory. Table `oom` has the others.
inline constexpr std::size_t k_detailed_ooms = 32;

inline constexpr std::string_view k_oom_moment = "oom:";  // followed by the number of the OOM, from 0

// `figures` as make_figures leaves them; `ooms` ascend.
[[nodiscard]] inline std::vector<Moment> moments_of(const report::DeviceFigures& figures,
                                                    std::span<const std::int64_t> ooms) {
    std::vector<Moment> moments{{"start", -1}, {"peak", *figures.peak_event}};
    if (figures.peak_reserved_event) moments.push_back({"reserved-peak", *figures.peak_reserved_event});
    moments.push_back({"end", *figures.event_count - 1});
    for (std::size_t i = 0; i < ooms.size() && i < k_detailed_ooms; ++i) {
        moments.push_back({std::string(k_oom_moment) + std::to_string(i), ooms[i]});
    }
    return moments;
}

// Table `pool_fragmentation` has these moments as well, event:N, evenly spaced over the trace.
inline constexpr std::int64_t k_sampled_moments = 16;

[[nodiscard]] inline std::vector<Moment> sampled_moments(std::int64_t event_count) {
    std::vector<Moment> moments;
    const std::int64_t count = std::min(event_count, k_sampled_moments);
    for (std::int64_t i = 0; i < count; ++i) {
        // Less than 2^32 events times 16.
        const std::int64_t event = event_count * i / count;
        moments.push_back({"event:" + std::to_string(event), event});
    }
    return moments;
}

}  // namespace snapq::timeline
