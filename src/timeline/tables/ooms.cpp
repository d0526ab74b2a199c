#include "timeline/tables/makers.hpp"

#include <algorithm>

#include "timeline/replay/wide_bytes.hpp"
#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/oom_fit.hpp"

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
    if (shape.has_stream) row.stream = shape.stream;
    row.pool = shape.pool;
    row.pool_is_inferred = shape.pool.is_none();
    return row;
}

// The bytes that the driver did not have; nullopt if the event does not say.
std::optional<WideBytes> missing_bytes(const OomRow& row) {
    if (!row.requested_bytes || !row.device_free_bytes) return std::nullopt;
    return WideBytes{*row.requested_bytes} - *row.device_free_bytes;
}

void set_request(OomRow& row, const AllocatorSettings& settings) {
    if (const auto missing = missing_bytes(row))
        row.short_bytes = saturated(std::max(*missing, WideBytes{0}));
    if (row.requested_bytes && *row.requested_bytes >= 0)
        row.segment_bytes = new_segment_size(*row.requested_bytes, settings);
}

// What the file lacks for a verdict, apart from the layout; "" if it lacks nothing.
std::string_view first_lack(const DeviceView& view, const OomRow& row) {
    if (!row.segment_bytes) return k_lacks_size;
    if (!row.device_free_bytes) return k_lacks_device_free;
    if (!view.final_segments_known() || !row.reserved_bytes) return k_lacks_segments;
    // Segment events can be left out of a recording. Without any, only the final segments are known.
    if (view.replay.reserved.events.empty() && !view.nothing_changes_between(row.event, view.last_event()))
        return k_lacks_segment_events;
    return {};
}

// One verdict is possible without a layout: not even all free bytes together would have been enough.
void decide_without_layout(OomRow& row, std::int64_t active_bytes, std::string_view lack) {
    const bool trusts_reserved = lack == k_lacks_layout || lack == k_lacks_detail;
    const auto missing = missing_bytes(row);
    if (trusts_reserved && missing && *missing > WideBytes{*row.reserved_bytes} - active_bytes) {
        row.fits_without_fragmentation = false;
    } else {
        row.verdict_lacks = lack;
    }
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

OomMaker::OomMaker(const DeviceView& view, const Curves& curves)
    : m_view(view), m_curves(curves), m_settings(allocator_settings(view.snapshot)), m_requests(view) {}

void OomMaker::add_detail(std::size_t number, std::int64_t event, const MemoryAt& memory) {
    Detail& detail = m_details[number];
    detail.largest_hole_bytes = memory.fragmentation.largest_hole_bytes;
    const snapshot::EventShape& shape = m_view.shape(event);
    if (memory.layout == nullptr || !shape.has_size || shape.size < 0) return;
    const FailedRequest request = m_requests.request_of(event, *memory.layout);
    detail.pool = request.pool;
    detail.fit = fit_request(*memory.layout, request, m_settings, m_view.snapshot.symbols);
}

void OomMaker::set_detail(const Detail& detail, OomRow& row) const {
    if (detail.pool) row.pool = detail.pool;
    if (!detail.fit || first_lack(m_view, row) == k_lacks_segment_events) return;
    row.usable_bytes = detail.fit->usable_bytes;
    row.usable_largest_bytes = detail.fit->usable_largest_bytes;
    row.unusable = detail.fit->unusable;
    if (const auto missing = missing_bytes(row))
        row.fits_without_fragmentation = *missing <= WideBytes{detail.fit->usable_bytes};
}

// A program that tries again after an OOM often changes nothing in between.
bool OomMaker::is_repetition(const OomRow& row, const OomRow& previous) const {
    return row.requested_bytes == previous.requested_bytes && row.stream == previous.stream &&
           row.stack == previous.stack && m_view.nothing_changes_between(previous.event, row.event);
}

std::vector<OomRow> OomMaker::rows(std::span<const std::int64_t> ooms) const {
    std::vector<OomRow> rows;
    if (ooms.empty()) return rows;
    rows.reserve(ooms.size());
    const std::vector<Interval> active = live_intervals(m_view, m_curves.cuts(), Measure::rounded);
    for (const std::int64_t event : ooms) {
        OomRow row = row_of_event(m_view, m_curves, event);
        set_request(row, m_settings);
        const auto detail = m_details.find(rows.size());
        if (detail != m_details.end()) {
            row.largest_hole_bytes = detail->second.largest_hole_bytes;
            set_detail(detail->second, row);
        } else if (!rows.empty() && is_repetition(row, rows.back())) {
            copy_verdict(rows.back(), row);
        }
        if (!row.fits_without_fragmentation) {
            std::string_view lack = first_lack(m_view, row);
            if (lack.empty()) lack = detail != m_details.end() ? k_lacks_layout : k_lacks_detail;
            decide_without_layout(row, active[interval_at(m_curves.cuts(), event)].first, lack);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void OomMaker::copy_verdict(const OomRow& from, OomRow& to) {
    to.pool = from.pool;
    to.usable_bytes = from.usable_bytes;
    to.usable_largest_bytes = from.usable_largest_bytes;
    const auto missing = missing_bytes(to);
    if (missing && to.usable_bytes) to.fits_without_fragmentation = *missing <= WideBytes{*to.usable_bytes};
}

}  // namespace snapq::timeline
