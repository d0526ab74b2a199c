#include "timeline/tables/curve.hpp"

#include <algorithm>
#include <utility>

#include "timeline/tables/allocator_rules.hpp"

namespace snapq::timeline {
namespace {

// Makes the intervals of a curve from its changes.
class IntervalWalker {
public:
    IntervalWalker(std::span<const std::int64_t> cuts, std::int64_t start) : m_cuts(cuts), m_value(start) {
        m_intervals.reserve(cuts.size());
    }

    // The curve has `value` after `event`; events ascend.
    void change(std::int64_t event, std::int64_t value) {
        while (m_next < m_cuts.size() && m_cuts[m_next] < event) open(m_value);
        m_value = value;
        if (m_next < m_cuts.size() && m_cuts[m_next] == event) {
            open(value);
            return;
        }
        Interval& interval = m_intervals.back();
        interval.last = value;
        if (value < interval.min) {
            interval.min = value;
            interval.min_event = event;
        }
        if (value > interval.max) {
            interval.max = value;
            interval.max_event = event;
        }
    }

    std::vector<Interval> finish() {
        while (m_next < m_cuts.size()) open(m_value);
        return std::move(m_intervals);
    }

private:
    void open(std::int64_t value) {
        const std::int64_t event = m_cuts[m_next++];
        m_intervals.push_back({value, value, value, event, value, event});
    }

    std::span<const std::int64_t> m_cuts;
    std::size_t m_next = 0;
    std::int64_t m_value;
    std::vector<Interval> m_intervals;
};

template <typename SizeOf>
std::vector<Interval> intervals_of_live(const DeviceView& view, std::span<const std::int64_t> cuts,
                                        SizeOf&& size_of) {
    WideBytes live = 0;
    for (std::uint32_t idx = 0; idx < view.elements.preexisting_count(); ++idx) live += size_of(idx);
    IntervalWalker walker(cuts, saturated(live));
    walk_lifetimes(
        view.elements, [&](std::uint32_t idx) { live -= size_of(idx); },
        [&](std::uint32_t idx) { live += size_of(idx); },
        [&](std::int64_t event) { walker.change(event, saturated(live)); });
    return walker.finish();
}

// An interval with a single value needs no second point.
void add_extremes(const std::vector<Interval>& intervals, std::vector<std::int64_t>& events) {
    for (const Interval& interval : intervals) {
        events.push_back(interval.min_event);
        if (interval.max != interval.min) events.push_back(interval.max_event);
    }
}

}  // namespace

std::vector<Interval> live_intervals(const DeviceView& view, std::span<const std::int64_t> cuts,
                                     Measure measure) {
    if (measure == Measure::rounded) {
        return intervals_of_live(view, cuts,
                                 [&](std::uint32_t idx) { return rounded_up(view.reader.size(idx)); });
    }
    return intervals_of_live(view, cuts, [&](std::uint32_t idx) { return WideBytes{view.reader.size(idx)}; });
}

std::vector<Interval> reserved_intervals(const DeviceView& view, std::span<const std::int64_t> cuts) {
    if (!view.replay.reserved.known) return {};
    const ReservedCurve& curve = view.replay.reserved;
    WideBytes reserved = curve.start_bytes;
    // Negative only if events are missing. The replay has counted that as an anomaly.
    const auto shown = [&] { return saturated(std::max(reserved, WideBytes{0})); };
    IntervalWalker walker(cuts, shown());
    for (std::size_t i = 0; i < curve.events.size(); ++i) {
        const std::int64_t event = curve.events[i];
        const snapshot::EventShape& shape = view.shape(event);
        const bool grows =
            shape.action == snapshot::Action::segment_alloc || shape.action == snapshot::Action::segment_map;
        reserved += grows ? WideBytes{shape.size} : -WideBytes{shape.size};
        walker.change(event, shown());
    }
    return walker.finish();
}

void prepare_cuts(std::vector<std::int64_t>& cuts) {
    cuts.push_back(-1);
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
}

std::size_t interval_at(std::span<const std::int64_t> cuts, std::int64_t event) {
    return static_cast<std::size_t>(std::lower_bound(cuts.begin(), cuts.end(), event) - cuts.begin());
}

Curves::Curves(const DeviceView& view, std::vector<std::int64_t> cuts) : m_cuts(std::move(cuts)) {
    prepare_cuts(m_cuts);
    m_live = live_intervals(view, m_cuts, Measure::requested);
    m_reserved = reserved_intervals(view, m_cuts);
}

std::optional<std::int64_t> Curves::reserved_after(std::int64_t event) const {
    if (m_reserved.empty()) return std::nullopt;
    return m_reserved[interval_at(m_cuts, event)].first;
}

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
