#include "timeline/tables/steps.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "support/numbers.hpp"
#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/curve.hpp"

namespace snapq::timeline {
namespace {

constexpr std::string_view k_profiler_step = "ProfilerStep#";
constexpr std::string_view k_optimizer_step = "Optimizer.step#";
// How many different numbers of repetitions are tried. A trace has few that matter: those of steps, of their
// parts, of layers.
constexpr std::size_t k_most_candidates = 4;

// The name with each number replaced by "0".
std::string unnumbered(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (!is_digit(c)) {
            text += c;
        } else if (text.empty() || text.back() != '0') {
            text += '0';
        }
    }
    return text;
}

// The first events of the spans that `is_wanted` accepts or, with `at_ends`, the event after the end of each.
template <typename Predicate>
std::vector<std::uint32_t> boundaries(std::span<const SpanRow> spans, bool at_ends, Predicate&& is_wanted) {
    std::vector<std::uint32_t> events;
    for (const SpanRow& span : spans) {
        const auto event = at_ends ? span.end_event : span.start_event;
        if (event && is_wanted(span)) events.push_back(static_cast<std::uint32_t>(*event + 1));
    }
    std::sort(events.begin(), events.end());
    events.erase(std::unique(events.begin(), events.end()), events.end());
    return events;
}

std::string_view name_of(const snapshot::Symbols& symbols, const SpanRow& span) {
    return span.name ? symbols.text(span.name) : std::string_view();
}

// The names of the outermost spans that are repeated most; names that differ only in their numbers count as
// one. Empty if none is repeated often enough.
std::unordered_set<snapshot::TextId> most_repeated_names(const snapshot::Symbols& symbols,
                                                         std::span<const SpanRow> spans) {
    struct Repeated {
        std::size_t count = 0;
        std::unordered_set<snapshot::TextId> names;
    };
    std::unordered_map<snapshot::TextId, std::size_t> counts;
    for (const SpanRow& span : spans) {
        if (span.depth == 0) ++counts[span.name];
    }
    std::map<std::string, Repeated> by_text;
    for (const auto& [name, count] : counts) {
        Repeated& repeated = by_text[unnumbered(name ? symbols.text(name) : std::string_view())];
        repeated.count += count;
        repeated.names.insert(name);
    }
    const auto most = std::max_element(by_text.begin(), by_text.end(), [](const auto& a, const auto& b) {
        return a.second.count < b.second.count;
    });
    if (most == by_text.end() || most->second.count < k_fewest_steps) return {};
    return std::move(most->second.names);
}

std::vector<std::uint32_t> steps_of_spans(const snapshot::Symbols& symbols, std::span<const SpanRow> spans) {
    std::vector<std::uint32_t> events = starts_of_profiler_steps(symbols, spans);
    if (events.size() >= k_fewest_steps) return events;
    events = ends_of_optimizer_steps(symbols, spans);
    if (events.size() >= k_fewest_steps) return events;
    const auto names = most_repeated_names(symbols, spans);
    return boundaries(spans, false,
                      [&](const SpanRow& span) { return span.depth == 0 && names.contains(span.name); });
}

// The allocations of one group in the trace, by their positions among all allocations of the trace.
struct Occurrences {
    std::uint32_t count = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t widest_gap = 0;

    void add(std::uint32_t position) {
        if (count == 0) first = position;
        if (count > 0) widest_gap = std::max(widest_gap, position - last);
        last = position;
        ++count;
    }
    // Whether they are spread over at least half of the trace, and never far apart.
    [[nodiscard]] bool is_regular(std::uint32_t all) const {
        const std::uint64_t reach = last - first;
        const std::uint64_t period = reach / std::max<std::uint32_t>(count - 1, 1);
        return 2 * (reach + period) >= all && widest_gap <= 2 * period + 1;
    }
};

std::vector<Occurrences> occurrences_by_group(const DeviceView& view, const StackGroups& groups) {
    std::vector<Occurrences> found(groups.grouping.count);
    const std::uint32_t older = view.elements.preexisting_count();
    for (std::uint32_t idx = older; idx < view.elements.size(); ++idx)
        found[groups.grouping.group_of[idx]].add(idx - older);
    return found;
}

// The group whose allocations mark the steps: the first regular one of the rarest groups.
std::optional<std::uint32_t> marker_of(const std::vector<Occurrences>& groups, std::uint32_t all) {
    std::vector<std::uint32_t> counts;
    for (const Occurrences& group : groups) {
        if (group.count >= k_fewest_steps) counts.push_back(group.count);
    }
    std::sort(counts.begin(), counts.end());
    counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
    counts.resize(std::min(counts.size(), k_most_candidates));
    for (const std::uint32_t count : counts) {
        for (std::uint32_t group = 0; group < groups.size(); ++group) {
            if (groups[group].count == count && groups[group].is_regular(all)) return group;
        }
    }
    return std::nullopt;
}

std::vector<std::uint32_t> steps_of_period(const DeviceView& view, const StackGroups& groups) {
    const std::uint32_t older = view.elements.preexisting_count();
    const auto marker = marker_of(occurrences_by_group(view, groups), view.elements.size() - older);
    std::vector<std::uint32_t> events;
    if (!marker) return events;
    for (std::uint32_t idx = older; idx < view.elements.size(); ++idx) {
        if (groups.grouping.group_of[idx] == *marker) events.push_back(view.elements.source[idx]);
    }
    return events;
}

}  // namespace

std::string_view name_of(StepBasis basis) {
    switch (basis) {
        case StepBasis::none: return "none";
        case StepBasis::spans: return "spans";
        case StepBasis::period: return "period";
    }
    return {};
}

std::vector<std::uint32_t> starts_of_profiler_steps(const snapshot::Symbols& symbols,
                                                    std::span<const SpanRow> spans) {
    return boundaries(spans, false, [&](const SpanRow& span) {
        return name_of(symbols, span).starts_with(k_profiler_step);
    });
}

std::vector<std::uint32_t> ends_of_optimizer_steps(const snapshot::Symbols& symbols,
                                                   std::span<const SpanRow> spans) {
    return boundaries(spans, true, [&](const SpanRow& span) {
        return name_of(symbols, span).starts_with(k_optimizer_step);
    });
}

std::size_t Steps::of(std::int64_t event) const {
    const auto later =
        std::upper_bound(starts.begin(), starts.end(), event,
                         [](std::int64_t at, std::uint32_t start) { return at < std::int64_t{start}; });
    return static_cast<std::size_t>(later - starts.begin());
}

Steps find_steps(const DeviceView& view, std::span<const SpanRow> spans, const StackGroups& groups) {
    Steps steps{StepBasis::spans, steps_of_spans(view.snapshot.symbols, spans)};
    if (steps.starts.size() >= k_fewest_steps) return steps;
    steps = {StepBasis::period, steps_of_period(view, groups)};
    if (steps.starts.size() >= k_fewest_steps) return steps;
    return {};
}

namespace {

// Keeps the first steps.
void limit(StepEdges& edges) {
    if (edges.events.size() > k_most_steps + 1) edges.events.resize(k_most_steps + 1);
}

StepEdges edges_of_starts(std::string_view basis, std::span<const std::uint32_t> starts,
                          std::int64_t event_count) {
    StepEdges edges{basis, {}};
    for (const std::uint32_t start : starts) {
        if (std::int64_t{start} < event_count) edges.events.push_back(start);
    }
    if (edges.events.empty()) return {};
    edges.events.push_back(event_count);
    limit(edges);
    return edges;
}

// `cuts`: the events after the ends of the steps. What follows the last one is a step only if it has work of
// the model.
StepEdges edges_of_cuts(std::string_view basis, std::span<const std::uint32_t> cuts, const PhaseMarks& marks,
                        std::int64_t event_count) {
    StepEdges edges{basis, {0}};
    for (const std::uint32_t cut : cuts) {
        const bool is_last = cut == cuts.back();
        const bool is_step = !is_last || (marks.last_model && *marks.last_model >= cut);
        if (cut > 0 && std::int64_t{cut} < event_count && is_step) edges.events.push_back(cut);
    }
    edges.events.push_back(event_count);
    limit(edges);
    return edges;
}

std::vector<std::uint32_t> copy_of(const BlockVector<std::uint32_t>& from) {
    std::vector<std::uint32_t> copy;
    copy.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) copy.push_back(from[i]);
    return copy;
}

void add_allocated(const DeviceView& view, std::vector<report::StepCost>& rows) {
    std::size_t step = 0;
    WideBytes sum = 0;
    const auto close = [&] {
        rows[step].allocated_bytes = saturated(sum);
        sum = 0;
        ++step;
    };
    for (std::uint32_t idx = view.elements.preexisting_count(); idx < view.elements.size(); ++idx) {
        const std::int64_t event = view.elements.source[idx];
        while (step < rows.size() && event > rows[step].end_event) close();
        if (step == rows.size()) return;
        if (event >= rows[step].start_event) sum += view.reader.size(idx);
    }
    if (step < rows.size()) close();
}

}  // namespace

StepEdges find_step_edges(const DeviceView& view, std::span<const SpanRow> spans, const PhaseMarks& marks) {
    const snapshot::Symbols& symbols = view.snapshot.symbols;
    const std::int64_t count = view.event_count();
    if (count == 0) return {};
    StepEdges edges = edges_of_starts("profiler_step", starts_of_profiler_steps(symbols, spans), count);
    if (!edges.events.empty()) return edges;
    std::vector<std::uint32_t> cuts = ends_of_optimizer_steps(symbols, spans);
    std::erase(cuts, 0U);
    if (!cuts.empty()) return edges_of_cuts("optimizer_span", cuts, marks, count);
    cuts = copy_of(marks.optimizer_ends);
    return cuts.empty() ? StepEdges() : edges_of_cuts("optimizer", cuts, marks, count);
}

StepEdges find_repeated_edges(const DeviceView& view, std::span<const SpanRow> spans,
                              const StackGroups& groups) {
    const Steps steps = find_steps(view, spans, groups);
    return edges_of_starts(steps.basis == StepBasis::spans ? "span" : "period", steps.starts,
                           view.event_count());
}

std::vector<report::StepCost> make_steps(const DeviceView& view, const StepEdges& edges,
                                         std::span<const std::int64_t> cuts, std::span<const Interval> live) {
    std::vector<report::StepCost> rows;
    for (std::size_t i = 0; i + 1 < edges.events.size(); ++i) {
        const std::size_t first = interval_at(cuts, edges.events[i]);
        const std::size_t end = interval_at(cuts, edges.events[i + 1]);
        const auto of_step = live.subspan(first, end - first);
        const Interval& highest = *std::ranges::max_element(of_step, {}, &Interval::max);
        report::StepCost& row = rows.emplace_back();
        row.step = static_cast<std::int64_t>(i);
        row.start_event = edges.events[i];
        row.end_event = edges.events[i + 1] - 1;
        // There is an earlier interval, because the first cut is before the trace.
        row.start_bytes = live[first - 1].last;
        row.peak_bytes = highest.max;
        row.peak_event = highest.max_event;
        row.end_bytes = of_step.back().last;
    }
    add_allocated(view, rows);
    return rows;
}

}  // namespace snapq::timeline
