#include "timeline/tables/makers.hpp"

#include <algorithm>

#include "timeline/tables/allocator_rules.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Anomaly;
using snapshot::BlockState;

// The first interval that has the maximum of all; `intervals` must not be empty.
const Interval& highest(const std::vector<Interval>& intervals) {
    return *std::max_element(intervals.begin(), intervals.end(),
                             [](const Interval& a, const Interval& b) { return a.max < b.max; });
}

void fill_times(const DeviceView& view, report::DeviceFigures& row) {
    for (std::int64_t event = 0; event <= view.last_event() && !row.first_time_us; ++event) {
        row.first_time_us = view.time_us(event);
    }
    if (!row.first_time_us) return;
    for (std::int64_t event = view.last_event(); !row.last_time_us; --event)
        row.last_time_us = view.time_us(event);
}

void fill_peaks(const DeviceView& view, const Curves& slices, report::DeviceFigures& row) {
    row.preexisting_bytes = slices.live().front().first;
    row.end_requested_bytes = slices.live().back().last;
    const Interval& peak = highest(slices.live());
    row.peak_requested_bytes = peak.max;
    row.peak_event = peak.max_event;
    row.peak_time_us = view.time_us(peak.max_event);
    const snapshot::StackId stack = view.stack(peak.max_event);
    if (stack) row.peak_stack_id = stack.value();
    if (slices.reserved().empty()) return;
    const Interval& reserved = highest(slices.reserved());
    row.peak_reserved_bytes = reserved.max;
    row.peak_reserved_event = reserved.max_event;
    row.end_reserved_bytes = slices.reserved().back().last;
}

void fill_survivors(const DeviceView& view, report::DeviceFigures& row) {
    WideBytes unfreed = 0;
    WideBytes pending = 0;
    view.for_each_live(view.last_event(), [&](std::uint32_t idx) {
        const std::int64_t size = view.reader.size(idx);
        if (view.elements.origin(idx) == Origin::trace) unfreed += size;
        const snapshot::Block* block = view.reader.block(idx);
        const bool is_pending = block == nullptr ? view.elements.free_requested[idx] != Elements::k_none
                                                 : block->state == BlockState::active_pending_free;
        if (is_pending) pending += size;
    });
    row.unfreed_bytes = saturated(unfreed);
    row.pending_bytes = saturated(pending);
}

// Uses the sums of each segment if the file has them, otherwise the sums over its blocks: profile_plot writes
// no allocated_size.
void fill_final_segments(const DeviceView& view, report::DeviceFigures& row) {
    if (!view.final_segments_known()) return;
    WideBytes allocated = 0;
    WideBytes active = 0;
    WideBytes reserved = 0;
    bool sums_known = true;
    for (const snapshot::Segment* segment : view.segments) {
        sums_known &= segment->has_blocks || (segment->allocated_size && segment->active_size);
        WideBytes block_allocated = 0;
        WideBytes block_active = 0;
        for (const snapshot::Block& block : view.blocks_of(*segment)) {
            if (block.state == BlockState::active_allocated) block_allocated += block.size;
            if (block.occupied()) block_active += block.size;
        }
        allocated += segment->allocated_size ? WideBytes{*segment->allocated_size} : block_allocated;
        active += segment->active_size ? WideBytes{*segment->active_size} : block_active;
        reserved += segment->total_size;
    }
    row.end_reserved_bytes = saturated(reserved);
    if (!sums_known) return;
    row.end_allocated_bytes = saturated(allocated);
    row.end_active_bytes = saturated(active);
}

bool is_ring_length(std::int64_t events) {
    // People choose round numbers for the length of the ring buffer. Below a thousand events, a round number
    // proves nothing.
    constexpr std::int64_t k_smallest = 1000;
    return events >= k_smallest && (events % 1000 == 0 || (events & (events - 1)) == 0);
}

bool equals_another_device(const DeviceView& view) {
    return std::any_of(view.snapshot.traces.begin(), view.snapshot.traces.end(),
                       [&](const snapshot::DeviceTrace& trace) {
                           return &trace != view.replay.trace &&
                                  static_cast<std::int64_t>(trace.events.size()) == view.event_count();
                       });
}

// The caching allocator records all events in order, so three anomalies cannot occur in a complete trace:
// memory that is allocated twice without a free, a free without completion although the address was allocated
// again, and more memory reserved than is released or still held at the end. Frees without an alloc do not
// count, because they only show that the recording began late. Blocks that disagree with the end of the trace
// do not count either, because PyTorch copies the trace before the blocks.
bool has_missing_events(const DeviceView& view) {
    return std::any_of(view.replay.anomalies.begin(), view.replay.anomalies.end(),
                       [](const snapshot::AnomalyCount& anomaly) {
                           return anomaly.count > 0 && (anomaly.kind == Anomaly::negative_reserved_start ||
                                                        anomaly.kind == Anomaly::missing_completion ||
                                                        anomaly.kind == Anomaly::alloc_over_live);
                       });
}

}  // namespace

bool trace_is_complete(const DeviceView& view) {
    if (view.event_count() == 0) return true;  // has_trace is false
    if (has_missing_events(view)) return false;
    // If the file says whether its ring buffer is full, that decides.
    const snapshot::DeviceTrace& trace = *view.replay.trace;
    if (trace.overflowed) return !*trace.overflowed;
    if (trace.max_entries) return view.event_count() < *trace.max_entries;
    // Older files lack these keys. A trace of a round length counts as a full ring buffer if it frees memory
    // that it did not allocate, or if the trace of another device has the same length.
    if (!is_ring_length(view.event_count())) return true;
    return view.elements.freed_count == 0 && !equals_another_device(view);
}

report::DeviceFigures make_figures(const DeviceView& view, const Curves& slices, std::int64_t oom_events) {
    report::DeviceFigures row;
    row.device = view.replay.device;
    row.event_count = view.event_count();
    row.allocation_count = view.elements.size();
    row.has_trace = view.event_count() > 1;  // a single entry is a recording of the state
    row.complete = trace_is_complete(view);
    row.oom_events = oom_events;
    fill_times(view, row);
    fill_peaks(view, slices, row);
    fill_survivors(view, row);
    fill_final_segments(view, row);
    return row;
}

}  // namespace snapq::timeline
