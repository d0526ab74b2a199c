// The curves of a device, live bytes and reserved bytes over the events, cut into intervals with their
// extremes.
//
// Each cut is the first event of an interval, which reaches to the next cut. One pass over the changes
// answers any number of questions: the value after an event is `first` of the interval that begins there, and
// the maximum over a range of events is the maximum over its intervals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timeline/tables/device_view.hpp"
#include "timeline/tables/rows.hpp"

namespace snapq::timeline {

struct Interval {
    std::int64_t first = 0;  // the value after the first event of the interval
    std::int64_t last = 0;
    std::int64_t min = 0;
    std::int64_t min_event = -1;  // the event after which the minimum is first reached
    std::int64_t max = 0;
    std::int64_t max_event = -1;
};

// Requested bytes, or requested bytes rounded up to multiples of 512, which is the least memory that they
// occupy.
enum class Measure : std::uint8_t { requested, rounded };

// Interval i begins at cuts[i]. Cuts must be ascending without repetition, and the first must be -1. Linear
// in elements and cuts.
[[nodiscard]] std::vector<Interval> live_intervals(const DeviceView& view, std::span<const std::int64_t> cuts,
                                                   Measure measure);

// The same for reserved bytes, which are never below 0. Empty if reserved bytes are not known.
[[nodiscard]] std::vector<Interval> reserved_intervals(const DeviceView& view,
                                                       std::span<const std::int64_t> cuts);

// Adds -1, sorts, and removes repetitions.
void prepare_cuts(std::vector<std::int64_t>& cuts);

// The index of the interval that begins at `event`, which must be one of the cuts.
[[nodiscard]] std::size_t interval_at(std::span<const std::int64_t> cuts, std::int64_t event);

// Requested and reserved bytes of one device at given events.
class Curves {
public:
    // `cuts` may be in any order and have repetitions; -1 is added.
    Curves(const DeviceView& view, std::vector<std::int64_t> cuts);

    [[nodiscard]] const std::vector<std::int64_t>& cuts() const { return m_cuts; }
    [[nodiscard]] const std::vector<Interval>& live() const { return m_live; }
    [[nodiscard]] const std::vector<Interval>& reserved() const { return m_reserved; }  // empty if not known

    // `event` must be one of the cuts.
    [[nodiscard]] std::int64_t live_after(std::int64_t event) const {
        return m_live[interval_at(m_cuts, event)].first;
    }
    [[nodiscard]] std::optional<std::int64_t> reserved_after(std::int64_t event) const;

private:
    std::vector<std::int64_t> m_cuts;
    std::vector<Interval> m_live;
    std::vector<Interval> m_reserved;
};

// Table `timeline` has a few thousand points of both curves, which include each minimum and maximum that a
// chart can show. The trace is cut into this many slices of equal numbers of events, and each slice gives at
// most four points. With the fixed points these are at most 4 x 900 + 40 rows, and a trace of up to 900
// events keeps every event.
inline constexpr std::int64_t k_timeline_slices = 900;

// The first events of the slices, and -1.
[[nodiscard]] std::vector<std::int64_t> slice_cuts(std::int64_t event_count);

// The events of the points, ascending: the extremes of each slice, -1, the last event, and `fixed`.
[[nodiscard]] std::vector<std::int64_t> timeline_events(const DeviceView& view, const Curves& slices,
                                                        std::span<const std::int64_t> fixed);

// `curves` must be cut at each of `events`.
[[nodiscard]] std::vector<TimelineRow> make_timeline(const DeviceView& view, const Curves& curves,
                                                     std::span<const std::int64_t> events);

}  // namespace snapq::timeline
