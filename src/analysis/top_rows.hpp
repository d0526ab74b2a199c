// The first rows of many, and the sum of the others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "report/summary.hpp"

namespace snapq::analysis {

inline constexpr std::string_view k_other = "[other]";

// `top`: rows to keep; 0: all.
inline void take_top_rows(report::LiveRows&& live, std::size_t top, report::DeviceSummary& summary) {
    summary.live_bytes = live.total_bytes;
    summary.live_count = live.total_count;
    for (std::size_t i = top; top > 0 && i < live.rows.size(); ++i) live.others.add(live.rows[i]);
    if (top > 0 && live.rows.size() > top) live.rows.resize(top);
    if (live.others.keys > 0) {
        report::LiveRow others;
        others.key = k_other;
        others.bytes = live.others.bytes;
        others.count = live.others.count;
        summary.other_keys = live.others.keys;
        others.label =
            "[" + std::to_string(summary.other_keys) + (summary.other_keys == 1 ? " other]" : " others]");
        summary.others = std::move(others);
    }
    summary.top = std::move(live.rows);
}

}  // namespace snapq::analysis
