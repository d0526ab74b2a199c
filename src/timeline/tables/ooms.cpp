#include "timeline/tables/makers.hpp"

#include <algorithm>

#include "timeline/replay/wide_bytes.hpp"

namespace snapq::timeline {
namespace {

OomRow row_of_event(const DeviceView& view, const Curves& curves, std::int64_t event) {
    const snapshot::EventShape& shape = view.shape(event);
    OomRow row;
    row.event = event;
    row.time_us = view.time_us(event);
    if (shape.has_size) row.requested_bytes = shape.size;
    if (shape.has_device_free) row.device_free_bytes = shape.device_free;
    row.live_bytes = curves.live_after(event);
    row.reserved_bytes = curves.reserved_after(event);
    row.stack = view.stack(event);
    return row;
}

void decide_fit(OomRow& row, std::int64_t active_bytes) {
    if (!row.requested_bytes || !row.device_free_bytes) return;
    const WideBytes missing = WideBytes{*row.requested_bytes} - *row.device_free_bytes;
    row.short_bytes = saturated(std::max(missing, WideBytes{0}));
    if (!row.reserved_bytes) return;
    const WideBytes idle = WideBytes{*row.reserved_bytes} - active_bytes;
    row.fits_without_fragmentation = missing <= idle;
}

}  // namespace

OomEvents find_ooms(const DeviceView& view) {
    OomEvents ooms;
    for (std::int64_t event = 0; event <= view.last_event(); ++event) {
        if (view.shape(event).action != snapshot::Action::oom) continue;
        if (ooms.events.size() < k_max_oom_rows) ooms.events.push_back(event);
        ++ooms.count;
    }
    return ooms;
}

std::vector<OomRow> make_ooms(const DeviceView& view, const Curves& curves,
                              std::span<const std::int64_t> ooms,
                              std::span<const report::Fragmentation> fragmentation) {
    std::vector<OomRow> rows;
    if (ooms.empty()) return rows;
    rows.reserve(ooms.size());
    const std::vector<Interval> active = live_intervals(view, curves.cuts(), Measure::rounded);
    for (const std::int64_t event : ooms) {
        rows.push_back(row_of_event(view, curves, event));
        decide_fit(rows.back(), active[interval_at(curves.cuts(), event)].first);
    }
    const auto detailed = fragmentation.last(std::min(rows.size(), k_detailed_ooms));
    for (std::size_t i = 0; i < detailed.size(); ++i)
        rows[i].largest_hole_bytes = detailed[i].largest_hole_bytes;
    return rows;
}

}  // namespace snapq::timeline
