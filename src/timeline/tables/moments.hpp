// The moments for which the tables have everything that was live.
#pragma once

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

}  // namespace snapq::timeline
