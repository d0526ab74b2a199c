// The steps of a program: the repetitions of its outermost loop that a trace shows.
//
//     const Steps steps = find_steps(view, spans, groups);
//     const std::size_t step = steps.of(event);
//
// Steps follow each other without gaps. Step 0 is what came before the first repetition (it may be empty),
// the others begin at `starts`, and the last one reaches to the end of the trace.
#pragma once

#include <cstddef>
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

enum class StepBasis : std::uint8_t {
    none,    // no repetition was found
    spans,   // annotated spans of one name, such as ProfilerStep#12
    period,  // a stack that allocates once in each repetition
};
[[nodiscard]] std::string_view name_of(StepBasis basis);  // as stored: none, spans, period

struct Steps {
    StepBasis basis = StepBasis::none;
    std::vector<std::uint32_t> starts;  // first events of steps 1, 2, …; ascending without repetition

    // The step that an event belongs to; events from 0. Logarithmic.
    [[nodiscard]] std::size_t of(std::int64_t event) const;
};

// The smallest number of repetitions that counts as steps; two may be chance.
inline constexpr std::size_t k_fewest_steps = 3;

// Annotated spans decide if there are enough of one kind: those of the profiler's schedule first, then those
// of the optimizer's step, at whose ends the next step begins, then the outermost spans of one name that is
// repeated most. Names that differ only in numbers are equal ("ProfilerStep#7" and "ProfilerStep#8").
// Otherwise the period is that of the rarest stack of the trace that allocates at least three times, at about
// equal distances over most of the trace. A model whose trace has a single step may thus show its layers as
// steps.
//
// `spans` as make_spans returns them, `groups` as group_by_stack does. Linear in elements, n log n in spans;
// takes 4 bytes a step and 24 bytes a group.
[[nodiscard]] Steps find_steps(const DeviceView& view, std::span<const SpanRow> spans,
                               const StackGroups& groups);

// The events at which spans named ProfilerStep#N begin, and the events after the ends of spans named
// Optimizer.step#…. Ascending without repetition; from 0 to the number of events.
[[nodiscard]] std::vector<std::uint32_t> starts_of_profiler_steps(const snapshot::Symbols& symbols,
                                                                  std::span<const SpanRow> spans);
[[nodiscard]] std::vector<std::uint32_t> ends_of_optimizer_steps(const snapshot::Symbols& symbols,
                                                                 std::span<const SpanRow> spans);

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
