// Table `steps`: what each step of the program costs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "timeline/tables/curve.hpp"
#include "timeline/tables/device_view.hpp"
#include "timeline/tables/groups.hpp"
#include "timeline/tables/phases.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

// The steps of a device, and how they were found: by the first of these methods that finds any, see
// docs/snapshots.md.
//
// profiler_step: spans of the profiler's schedule. optimizer_span: a step ends with a span of the optimizer's
// step. optimizer: a step ends with the last event of the optimizer before the next forward. span, period: as
// for leaks, with at least k_fewest_steps steps.
//
// The steps follow each other without gaps up to the end of the trace; with profiler_step, span and period,
// the events before the first step belong to none. Only the first k_most_steps are kept.
struct StepEdges {
    std::string_view basis = "none";  // as stored; none: there are no steps
    // Step i reaches from edge i to the event before edge i + 1; the last edge is after the last step.
    // Ascending without repetition; empty if there are no steps.
    std::vector<std::int64_t> events;
};

inline constexpr std::size_t k_most_steps = 50'000;

// The steps that spans and the optimizer show. `spans` as make_spans returns them.
[[nodiscard]] StepEdges find_step_edges(const DeviceView& view, std::span<const SpanRow> spans,
                                        const PhaseMarks& marks);

// The steps that other spans, or a period of the allocations, show. `groups` as group_by_stack makes them. A
// pass over the elements.
[[nodiscard]] StepEdges find_repeated_edges(const DeviceView& view, std::span<const SpanRow> spans,
                                            const StackGroups& groups);

// `live`: the intervals of the live bytes, cut at `cuts`, which include the edges. A pass over the elements.
[[nodiscard]] std::vector<report::StepCost> make_steps(const DeviceView& view, const StepEdges& edges,
                                                       std::span<const std::int64_t> cuts,
                                                       std::span<const Interval> live);

}  // namespace snapq::timeline
