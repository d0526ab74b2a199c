// The first rows of many, and the sum of the others.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "snapq/report/summary.hpp"
#include "snapq/support/saturating.hpp"

namespace snapq::analysis {

inline constexpr std::string_view k_other = "[other]";

// `top`: rows to keep; 0: all.
inline void take_top_rows(report::LiveRows&& live, std::size_t top, report::DeviceSummary& summary) {
    summary.live_bytes = live.total_bytes;
    summary.live_count = live.total_count;
    if (top > 0 && live.rows.size() > top) {
        report::LiveRow others;
        others.key = k_other;
        for (std::size_t i = top; i < live.rows.size(); ++i) {
            others.bytes = saturating_add(others.bytes, live.rows[i].bytes);
            others.count = saturating_add(others.count, live.rows[i].count);
        }
        summary.other_keys = static_cast<std::int64_t>(live.rows.size() - top);
        others.label =
            "[" + std::to_string(summary.other_keys) + (summary.other_keys == 1 ? " other]" : " others]");
        summary.others = std::move(others);
        live.rows.resize(top);
    }
    summary.top = std::move(live.rows);
}

}  // namespace snapq::analysis
