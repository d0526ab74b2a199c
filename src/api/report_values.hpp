// Converts options and values between the public interface and the rooms `analysis` and `report`.
#pragma once

#include <cstddef>
#include <string>

#include "analysis/keys.hpp"
#include "analysis/moment.hpp"
#include "analysis/stack_frames.hpp"
#include "report/figures.hpp"
#include "report/live_rows.hpp"
#include "snapq/summary.hpp"

namespace snapq {

// The key that `by` names. Throws UsageError for a name that is not a key, and for `user_prefixes` with any
// key but "user-frame".
[[nodiscard]] analysis::KeyKind key_kind(const std::string& by,
                                         const std::vector<std::string>& user_prefixes);

// Returns `site_depth`. Throws UsageError for 0, and for more than 1 with a key that has no frames.
[[nodiscard]] std::size_t checked_site_depth(std::size_t site_depth, analysis::KeyKind by);

// "" for none, "python" or "all"; throws UsageError for anything else.
[[nodiscard]] analysis::StackFrames stack_frames(const std::string& stacks);

[[nodiscard]] DeviceFigures public_figures(const report::DeviceFigures& from);
[[nodiscard]] Fragmentation public_fragmentation(const report::Fragmentation& from);
[[nodiscard]] LiveRow public_row(const report::LiveRow& from);

}  // namespace snapq
