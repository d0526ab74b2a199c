// The second pass over a replayed device. All tables are made from the same two sets of curves.
#include <algorithm>
#include <iterator>
#include <utility>

#include "timeline/replay/replay.hpp"
#include "timeline/tables/categories.hpp"
#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/groups.hpp"
#include "timeline/tables/makers.hpp"
#include "timeline/tables/phases.hpp"
#include "timeline/tables/rows.hpp"
#include "timeline/tables/steps.hpp"

namespace snapq::timeline {
namespace {

// Finds steps by other spans or by a period, when neither the profiler nor the optimizer shows any.
void fill_repeated_steps(const DeviceView& view, const StackGroups& stacks, DeviceTables& tables) {
    const StepEdges edges = find_repeated_edges(view, tables.spans, stacks);
    if (edges.events.empty()) return;
    std::vector<std::int64_t> cuts = edges.events;
    prepare_cuts(cuts);
    tables.steps = make_steps(view, edges, cuts, live_intervals(view, cuts, Measure::requested));
    tables.step_basis = edges.basis;
}

void fill_group_tables(const DeviceView& view, std::span<const Moment> moments, DeviceTables& tables) {
    const std::int64_t peak = *tables.figures.peak_event;
    {
        const StackGroups stacks = group_by_stack(view);
        tables.stack_totals = make_stack_totals(view, stacks, peak);
        tables.live_stacks = make_live_stacks(view, stacks, tables.categories, moments);
        tables.leaks = make_leaks(view, stacks, find_steps(view, tables.spans, stacks),
                                  tables.figures.growth_bytes().value_or(0));
        if (tables.steps.empty()) fill_repeated_steps(view, stacks, tables);
    }
    tables.pending = make_pending(view, moments);
    tables.stream_totals = make_stream_totals(view, group_by_stream(view), peak);
}

// Returns the steps that the spans and the phases show.
StepEdges fill_categories(const DeviceView& view, const frames::StackPhases& stacks, const OomEvents& ooms,
                          DeviceTables& tables) {
    const ElementPhases phases(view, stacks);
    const PhaseMarks marks = find_phase_marks(view, phases, ooms.events);
    tables.categories = find_categories(view, stacks, phases, marks);
    return find_step_edges(view, tables.spans, marks);
}

void fill_category_tables(const DeviceView& view, std::span<const Moment> moments,
                          std::span<const std::int64_t> points, DeviceTables& tables) {
    CategoryTables made = make_category_tables(view, tables.categories, moments, points);
    tables.category_totals = std::move(made.totals);
    tables.category_timeline = std::move(made.timeline);
}

// The tables that need the layout of the segments, from one pass backwards over the trace. `moments` ends
// with those of the OOMs.
void fill_memory_tables(const DeviceView& view, const Curves& curves, std::span<const Moment> moments,
                        const OomEvents& ooms, DeviceTables& tables) {
    std::vector<Moment> all(moments.begin(), moments.end());
    std::ranges::move(sampled_moments(view.event_count()), std::back_inserter(all));
    const std::size_t first_oom = moments.size() - std::min(ooms.events.size(), k_detailed_ooms);
    std::vector<std::vector<PoolFragmentationRow>> pools(all.size());
    tables.fragmentation.resize(moments.size());
    OomMaker oom_maker(view, curves);
    for_each_memory(view, curves, all, [&](std::size_t number, MemoryAt&& memory) {
        if (number >= first_oom && number < moments.size())
            oom_maker.add_detail(number - first_oom, all[number].event, memory);
        pools[number] = std::move(memory.pools);
        if (number < moments.size()) tables.fragmentation[number] = std::move(memory.fragmentation);
    });
    tables.ooms = oom_maker.rows(ooms.events);
    for (auto& rows : pools) std::ranges::move(rows, std::back_inserter(tables.pools));
}

}  // namespace

DeviceTables tabulate(const snapshot::Snapshot& snapshot, const frames::StackPhases& phases,
                      const Replay& replay) {
    const DeviceView view(snapshot, replay);
    const OomEvents ooms = find_ooms(view);
    DeviceTables tables;

    const Curves slices(view, slice_cuts(view.event_count()));
    tables.figures = make_figures(view, slices, ooms.count);
    const std::vector<Moment> moments = moments_of(tables.figures, ooms.events);

    std::vector<std::int64_t> fixed;
    for (const Moment& moment : moments) fixed.push_back(moment.event);
    const std::vector<std::int64_t> points = timeline_events(view, slices, fixed);
    std::vector<std::int64_t> cuts = points;
    cuts.insert(cuts.end(), ooms.events.begin(), ooms.events.end());
    for (const Moment& moment : sampled_moments(view.event_count())) cuts.push_back(moment.event);
    tables.spans = make_spans(view);
    const StepEdges steps = fill_categories(view, phases, ooms, tables);
    cuts.insert(cuts.end(), steps.events.begin(), steps.events.end());
    const Curves curves(view, std::move(cuts));
    tables.steps = make_steps(view, steps, curves.cuts(), curves.live());
    tables.step_basis = steps.basis;

    tables.figures.reserved_at_peak_bytes = curves.reserved_after(*tables.figures.peak_event);
    tables.timeline = make_timeline(view, curves, points);
    fill_memory_tables(view, curves, moments, ooms, tables);
    fill_group_tables(view, moments, tables);
    fill_category_tables(view, moments, category_timeline_events(view, slices, fixed), tables);
    return tables;
}

}  // namespace snapq::timeline
