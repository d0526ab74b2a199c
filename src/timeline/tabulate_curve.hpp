// The curves of a device (live bytes, reserved bytes over the events), cut into cells with their extremes.
//
// A cut begins a cell, which reaches to the next cut. One pass over the changes answers any number of
// questions: the value after an event is `first` of the cell that begins there, the maximum of a stretch is
// the maximum over its cells.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timeline/tabulate_view.hpp"

namespace snapq::timeline {

struct Cell {
    std::int64_t first = 0;  // after the event that begins the cell
    std::int64_t last = 0;
    std::int64_t min = 0;
    std::int64_t min_event = -1;  // where the minimum is first reached
    std::int64_t max = 0;
    std::int64_t max_event = -1;
};

// Requested bytes, or what they occupy at least (multiples of 512).
enum class Measure : std::uint8_t { requested, rounded };

// Cell i begins at cuts[i]. Cuts are ascending without repetition, the first is -1. Linear in elements and
// cuts.
[[nodiscard]] std::vector<Cell> live_cells(const DeviceView& view, std::span<const std::int64_t> cuts,
                                           Measure measure);

// The same of reserved bytes; never below 0. Empty when they are not known.
[[nodiscard]] std::vector<Cell> reserved_cells(const DeviceView& view, std::span<const std::int64_t> cuts);

// Makes `cuts` fit for use: ascending, without repetition, beginning with -1.
void prepare_cuts(std::vector<std::int64_t>& cuts);

// Index of the cell that begins at `event`, which must be one of the cuts.
[[nodiscard]] std::size_t cell_at(std::span<const std::int64_t> cuts, std::int64_t event);

// Requested and reserved bytes of one device at chosen events.
class Curves {
public:
    // `cuts` in any order, with repetitions; -1 is added.
    Curves(const DeviceView& view, std::vector<std::int64_t> cuts);

    [[nodiscard]] const std::vector<std::int64_t>& cuts() const { return m_cuts; }
    [[nodiscard]] const std::vector<Cell>& live() const { return m_live; }
    [[nodiscard]] const std::vector<Cell>& reserved() const { return m_reserved; }  // empty: not known

    // `event` must be one of the cuts.
    [[nodiscard]] std::int64_t live_after(std::int64_t event) const {
        return m_live[cell_at(m_cuts, event)].first;
    }
    [[nodiscard]] std::optional<std::int64_t> reserved_after(std::int64_t event) const;

private:
    std::vector<std::int64_t> m_cuts;
    std::vector<Cell> m_live;
    std::vector<Cell> m_reserved;
};

}  // namespace snapq::timeline
