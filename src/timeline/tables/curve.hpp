// The curves of a device (live bytes, reserved bytes over the events), cut into intervals with their
// extremes.
//
// A cut begins a interval, which reaches to the next cut. One pass over the changes answers any number of
// questions: the value after an event is `first` of the interval that begins there, the maximum of a stretch
// is the maximum over its intervals.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timeline/tables/device_view.hpp"

namespace snapq::timeline {

struct Interval {
    std::int64_t first = 0;  // after the event that begins the interval
    std::int64_t last = 0;
    std::int64_t min = 0;
    std::int64_t min_event = -1;  // where the minimum is first reached
    std::int64_t max = 0;
    std::int64_t max_event = -1;
};

// Requested bytes, or what they occupy at least (multiples of 512).
enum class Measure : std::uint8_t { requested, rounded };

// Interval i begins at cuts[i]. Cuts are ascending without repetition, the first is -1. Linear in elements
// and cuts.
[[nodiscard]] std::vector<Interval> live_cells(const DeviceView& view, std::span<const std::int64_t> cuts,
                                               Measure measure);

// The same of reserved bytes; never below 0. Empty when they are not known.
[[nodiscard]] std::vector<Interval> reserved_cells(const DeviceView& view,
                                                   std::span<const std::int64_t> cuts);

// Makes `cuts` fit for use: ascending, without repetition, beginning with -1.
void prepare_cuts(std::vector<std::int64_t>& cuts);

// Index of the interval that begins at `event`, which must be one of the cuts.
[[nodiscard]] std::size_t interval_at(std::span<const std::int64_t> cuts, std::int64_t event);

// Requested and reserved bytes of one device at chosen events.
class Curves {
public:
    // `cuts` in any order, with repetitions; -1 is added.
    Curves(const DeviceView& view, std::vector<std::int64_t> cuts);

    [[nodiscard]] const std::vector<std::int64_t>& cuts() const { return m_cuts; }
    [[nodiscard]] const std::vector<Interval>& live() const { return m_live; }
    [[nodiscard]] const std::vector<Interval>& reserved() const { return m_reserved; }  // empty: not known

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

}  // namespace snapq::timeline
