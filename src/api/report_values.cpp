#include "api/report_values.hpp"

#include <fmt/format.h>

#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq {

analysis::KeyKind key_kind(const std::string& by, const std::vector<std::string>& user_prefixes) {
    const auto kind = analysis::key_kind_named(by);
    if (!kind) {
        throw UsageError(fmt::format("there is no key '{}'", by))
            .with_hint("keys are " + analysis::key_kind_list());
    }
    if (!user_prefixes.empty() && *kind != analysis::KeyKind::user_frame) {
        throw_usage("user_prefixes apply to the key user-frame only, not to {}", by);
    }
    return *kind;
}

std::size_t checked_site_depth(std::size_t site_depth, analysis::KeyKind by) {
    if (site_depth == 0) throw UsageError("site_depth is 0; it is at least 1");
    if (site_depth > 1 && !analysis::has_site_depth(by)) {
        throw_usage("site_depth applies to the keys site and user-frame only, not to {}",
                    analysis::name_of(by));
    }
    return site_depth;
}

std::size_t checked_module_depth(std::size_t depth, analysis::KeyKind by) {
    if (depth != 0 && !analysis::has_module_depth(by))
        throw_usage("depth applies to module and tree only, not to {}", analysis::name_of(by));
    return depth;
}

std::shared_ptr<const analysis::CategoryRules> category_rules(const std::string& rules) {
    if (rules.empty()) return nullptr;
    return std::make_shared<const analysis::CategoryRules>("rules", rules);
}

analysis::StackFrames stack_frames(const std::string& stacks) {
    if (stacks.empty()) return analysis::StackFrames::none;
    if (const auto frames = analysis::stack_frames_named(stacks)) return *frames;
    throw UsageError(fmt::format("stacks is '{}'; it is empty, python or all", stacks));
}

analysis::CallTreeOptions call_tree_options(double min_share, std::size_t depth, const std::string& stacks) {
    // Written so that NaN is refused, too.
    if (!(min_share >= 0 && min_share <= 1)) throw_usage("min_share {}: 0 to 1 is expected", min_share);
    if (depth > report::k_most_tree_levels)
        throw_usage("depth {}: a tree has at most {} levels", depth, report::k_most_tree_levels);
    analysis::CallTreeOptions to;
    to.all_frames = stack_frames(stacks) == analysis::StackFrames::all;
    to.min_share = min_share;
    if (depth != 0) to.depth = depth;
    return to;
}

Frame public_frame(const report::Key& from) {
    return {from.label.raw(), raw_text(from.file), from.line, raw_text(from.function)};
}

DeviceFigures public_figures(const report::DeviceFigures& from) {
    DeviceFigures to;
    to.device = from.device;
    to.event_count = from.event_count;
    to.allocation_count = from.allocation_count;
    to.has_trace = from.has_trace;
    to.complete = from.complete;
    to.preexisting_bytes = from.preexisting_bytes;
    to.peak_requested_bytes = from.peak_requested_bytes;
    to.peak_event = from.peak_event;
    to.peak_timestep = from.peak_timestep;
    to.peak_time_us = from.peak_time_us;
    to.reserved_at_peak_bytes = from.reserved_at_peak_bytes;
    to.peak_reserved_bytes = from.peak_reserved_bytes;
    to.peak_reserved_event = from.peak_reserved_event;
    to.end_requested_bytes = from.end_requested_bytes;
    to.end_allocated_bytes = from.end_allocated_bytes;
    to.end_active_bytes = from.end_active_bytes;
    to.end_reserved_bytes = from.end_reserved_bytes;
    to.unfreed_bytes = from.unfreed_bytes;
    to.pending_bytes = from.pending_bytes;
    to.growth_bytes = from.growth_bytes();
    to.oom_events = from.oom_events;
    to.first_time_us = from.first_time_us;
    to.last_time_us = from.last_time_us;
    to.kind = device_kind(from.device);
    return to;
}

Fragmentation public_fragmentation(const report::Fragmentation& from) {
    Fragmentation to;
    to.moment = from.moment;
    to.estimated = from.estimated;
    to.reserved_bytes = from.reserved_bytes;
    to.requested_bytes = from.requested_bytes;
    to.rounding_bytes = from.rounding_bytes;
    to.cached_bytes = from.cached_bytes;
    to.stranded_bytes = from.stranded_bytes;
    to.largest_hole_bytes = from.largest_hole_bytes;
    to.largest_cached_segment_bytes = from.largest_cached_segment_bytes;
    return to;
}

LiveRow public_row(const report::LiveRow& from) {
    LiveRow to;
    to.key = from.key.raw();
    to.label = from.label.raw();
    to.bytes = from.bytes;
    to.count = from.count;
    to.file = raw_text(from.file);
    to.line = from.line;
    to.function = raw_text(from.function);
    to.op = raw_text(from.op);
    to.stack_id = from.stack_id;
    to.stack = raw_texts(from.stack);
    return to;
}

}  // namespace snapq
