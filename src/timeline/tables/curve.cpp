#include "timeline/tables/curve.hpp"

#include <algorithm>
#include <utility>

#include "timeline/replay/wide_bytes.hpp"

namespace snapq::timeline {
namespace {

// Sorts the changes of a curve into intervals.
class CellWalker {
public:
    CellWalker(std::span<const std::int64_t> cuts, std::int64_t start) : m_cuts(cuts), m_value(start) {
        m_cells.reserve(cuts.size());
    }

    // The curve has `value` after `event`; events ascend.
    void change(std::int64_t event, std::int64_t value) {
        while (m_next < m_cuts.size() && m_cuts[m_next] < event) open(m_value);
        m_value = value;
        if (m_next < m_cuts.size() && m_cuts[m_next] == event) {
            open(value);
            return;
        }
        Interval& interval = m_cells.back();
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
        return std::move(m_cells);
    }

private:
    void open(std::int64_t value) {
        const std::int64_t event = m_cuts[m_next++];
        m_cells.push_back({value, value, value, event, value, event});
    }

    std::span<const std::int64_t> m_cuts;
    std::size_t m_next = 0;
    std::int64_t m_value;
    std::vector<Interval> m_cells;
};

template <typename SizeOf>
std::vector<Interval> cells_of_live(const DeviceView& view, std::span<const std::int64_t> cuts,
                                    SizeOf&& size_of) {
    WideBytes live = 0;
    for (std::uint32_t idx = 0; idx < view.elements.preexisting_count(); ++idx) live += size_of(idx);
    CellWalker walker(cuts, saturated(live));
    walk_lifetimes(
        view.elements, [&](std::uint32_t idx) { live -= size_of(idx); },
        [&](std::uint32_t idx) { live += size_of(idx); },
        [&](std::int64_t event) { walker.change(event, saturated(live)); });
    return walker.finish();
}

}  // namespace

std::vector<Interval> live_cells(const DeviceView& view, std::span<const std::int64_t> cuts,
                                 Measure measure) {
    if (measure == Measure::rounded) {
        return cells_of_live(view, cuts,
                             [&](std::uint32_t idx) { return rounded_up(view.reader.size(idx)); });
    }
    return cells_of_live(view, cuts, [&](std::uint32_t idx) { return WideBytes{view.reader.size(idx)}; });
}

std::vector<Interval> reserved_cells(const DeviceView& view, std::span<const std::int64_t> cuts) {
    if (!view.replay.reserved.known) return {};
    const ReservedCurve& curve = view.replay.reserved;
    WideBytes reserved = curve.start_bytes;
    // Below 0 only when events are missing, which is counted as an anomaly already.
    const auto shown = [&] { return saturated(std::max(reserved, WideBytes{0})); };
    CellWalker walker(cuts, shown());
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
    m_live = live_cells(view, m_cuts, Measure::requested);
    m_reserved = reserved_cells(view, m_cuts);
}

std::optional<std::int64_t> Curves::reserved_after(std::int64_t event) const {
    if (m_reserved.empty()) return std::nullopt;
    return m_reserved[interval_at(m_cuts, event)].first;
}

}  // namespace snapq::timeline
