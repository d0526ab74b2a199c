#include "timeline/tables/step_rows.hpp"

#include <algorithm>
#include <utility>

#include "timeline/replay/wide_bytes.hpp"
#include "timeline/tables/curve.hpp"
#include "timeline/tables/steps.hpp"

namespace snapq::timeline {
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
