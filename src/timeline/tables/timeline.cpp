#include "timeline/tables/timeline.hpp"

#include <algorithm>

namespace snapq::timeline {
namespace {

// A slice without movement needs no second point: its neighbours say the same.
void add_extremes(const std::vector<Interval>& intervals, std::vector<std::int64_t>& events) {
    for (const Interval& interval : intervals) {
        events.push_back(interval.min_event);
        if (interval.max != interval.min) events.push_back(interval.max_event);
    }
}

}  // namespace

std::vector<std::int64_t> slice_cuts(std::int64_t event_count) {
    const std::int64_t length =
        std::max<std::int64_t>(1, (event_count + k_timeline_slices - 1) / k_timeline_slices);
    std::vector<std::int64_t> cuts{-1};
    for (std::int64_t event = 0; event < event_count; event += length) cuts.push_back(event);
    return cuts;
}

std::vector<std::int64_t> timeline_events(const DeviceView& view, const Curves& slices,
                                          std::span<const std::int64_t> fixed) {
    std::vector<std::int64_t> events(fixed.begin(), fixed.end());
    events.push_back(view.last_event());
    add_extremes(slices.live(), events);
    add_extremes(slices.reserved(), events);
    prepare_cuts(events);
    return events;
}

std::vector<TimelineRow> make_timeline(const DeviceView& view, const Curves& curves,
                                       std::span<const std::int64_t> events) {
    std::vector<TimelineRow> rows;
    rows.reserve(events.size());
    for (const std::int64_t event : events) {
        TimelineRow row;
        row.event = event;
        row.time_us = view.time_us(event);
        row.requested_bytes = curves.live_after(event);
        row.reserved_bytes = curves.reserved_after(event);
        rows.push_back(row);
    }
    return rows;
}

}  // namespace snapq::timeline
