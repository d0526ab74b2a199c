#include "timeline/tables/makers.hpp"

#include <algorithm>
#include <string_view>

#include "timeline/tables/allocator_rules.hpp"

namespace snapq::timeline {
namespace {

constexpr std::uint32_t k_no_step = 0xffffffffU;

// What the allocations of one stack did in the steps.
struct History {
    WideBytes left_bytes = 0;  // live at the end of the trace
    WideBytes freed_bytes = 0;
    std::int64_t left_count = 0;
    std::uint32_t first_left = 0;  // events
    std::uint32_t last_left = 0;
    // The latest step that was counted in `steps`; the next two likewise.
    std::uint32_t last_step = k_no_step;
    std::uint32_t last_left_step = k_no_step;
    std::uint32_t last_freed_step = k_no_step;
    std::uint32_t steps = 0;  // in which it allocates
    std::uint32_t left_steps = 0;
    std::uint32_t freed_steps = 0;

    [[nodiscard]] bool leaves_again_and_again() const {
        return left_steps >= k_fewest_steps && 2 * left_steps >= steps;
    }
};

void count_step(std::uint32_t step, std::uint32_t& last, std::uint32_t& count) {
    if (last != step) ++count;
    last = step;
}

std::vector<History> histories(const DeviceView& view, const StackGroups& groups, const Steps& steps) {
    std::vector<History> found(groups.grouping.count);
    std::uint32_t step = 0;
    for (std::uint32_t idx = view.elements.preexisting_count(); idx < view.elements.size(); ++idx) {
        const std::uint32_t event = view.elements.source[idx];
        while (step < steps.starts.size() && steps.starts[step] <= event) ++step;
        History& history = found[groups.grouping.group_of[idx]];
        const std::int64_t size = view.reader.size(idx);
        count_step(step, history.last_step, history.steps);
        if (view.elements.end[idx] != Elements::k_none) {
            history.freed_bytes += size;
            count_step(step, history.last_freed_step, history.freed_steps);
            continue;
        }
        if (history.left_count == 0) history.first_left = event;
        history.last_left = event;
        ++history.left_count;
        history.left_bytes += size;
        count_step(step, history.last_left_step, history.left_steps);
    }
    return found;
}

// Whether other memory rises and falls while suspects leave theirs.
bool others_come_and_go(const std::vector<History>& all) {
    WideBytes left = 0;
    WideBytes freed = 0;
    for (const History& history : all) {
        if (history.leaves_again_and_again()) {
            left += history.left_bytes;
        } else if (history.freed_steps >= k_fewest_steps) {
            freed += history.freed_bytes;
        }
    }
    return freed > 0 && 4 * freed >= left;
}

template <typename Predicate>
bool any_function(const snapshot::Snapshot& snapshot, snapshot::StackId stack, Predicate&& matches) {
    if (stack.is_none()) return false;
    const auto& symbols = snapshot.symbols;
    for (std::size_t depth = 0; depth < symbols.depth(stack); ++depth) {
        if (matches(symbols.text(symbols.frame(symbols.frame_at(stack, depth)).name))) return true;
    }
    return false;
}

bool is_forward(std::string_view function) {
    return function == "forward" || function == "_call_impl" || function == "_wrapped_call_impl";
}

bool is_backward(std::string_view function) {
    return function == "backward" || function.find("autograd::Engine") != std::string_view::npos ||
           function.find("Backward0::apply") != std::string_view::npos;
}

bool has_backward_pass(const DeviceView& view, const StackGroups& groups) {
    return std::any_of(groups.keys.begin(), groups.keys.end(), [&](const StackGroups::Key& key) {
        return key.origin == Origin::trace && any_function(view.snapshot, key.stack, is_backward);
    });
}

LeakRow row_of(const History& history, snapshot::StackId stack, const Steps& steps) {
    LeakRow row;
    row.stack = stack;
    row.bytes = saturated(history.left_bytes);
    row.count = history.left_count;
    row.steps = history.left_steps;
    row.first_event = history.first_left;
    row.last_event = history.last_left;
    row.basis = name_of(steps.basis);
    return row;
}

}  // namespace

std::vector<LeakRow> make_leaks(const DeviceView& view, const StackGroups& groups, const Steps& steps,
                                std::int64_t growth_bytes) {
    std::vector<LeakRow> rows;
    if (steps.basis == StepBasis::none) return rows;
    const std::vector<History> all = histories(view, groups, steps);
    if (std::none_of(all.begin(), all.end(), [](const History& one) { return one.leaves_again_and_again(); }))
        return rows;
    const bool is_guess = steps.basis == StepBasis::period;
    if (is_guess && !others_come_and_go(all)) return rows;
    const bool saves_for_later = is_guess && !has_backward_pass(view, groups);
    for (std::uint32_t group = 0; group < groups.grouping.count; ++group) {
        const snapshot::StackId stack = groups.keys[group].stack;
        if (!all[group].leaves_again_and_again()) continue;
        if (is_guess && all[group].left_bytes > 2 * WideBytes{growth_bytes}) continue;
        if (saves_for_later && any_function(view.snapshot, stack, is_forward)) continue;
        rows.push_back(row_of(all[group], stack, steps));
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const LeakRow& a, const LeakRow& b) { return a.bytes > b.bytes; });
    if (rows.size() > k_most_leaks) rows.resize(k_most_leaks);
    return rows;
}

}  // namespace snapq::timeline
