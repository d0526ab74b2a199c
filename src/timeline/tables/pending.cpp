// Elements that the program had freed at a moment, but that another stream may still have used.
#include <algorithm>

#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/makers.hpp"

namespace snapq::timeline {
namespace {

struct Pending {
    WideBytes bytes = 0;
    std::int64_t count = 0;
    std::uint32_t first_request = Elements::k_none;
    std::uint32_t first_idx = Elements::k_none;
};

void add(Pending& pending, const DeviceView& view, std::uint32_t idx) {
    pending.bytes += view.reader.size(idx);
    ++pending.count;
    const std::uint32_t request = view.elements.free_requested[idx];
    if (request >= pending.first_request) return;  // also for an element without a request, which is k_none
    pending.first_request = request;
    pending.first_idx = idx;
}

PendingRow row_of(const Pending& pending, const std::string& moment, const DeviceView& view) {
    PendingRow row;
    row.moment = moment;
    row.bytes = saturated(pending.bytes);
    row.count = pending.count;
    if (pending.first_idx == Elements::k_none) return row;
    row.first_event = pending.first_request;
    row.stack = view.reader.stack(pending.first_idx);
    row.free_stack = view.reader.free_stack(pending.first_idx);
    return row;
}

}  // namespace

std::vector<PendingRow> make_pending(const DeviceView& view, std::span<const Moment> moments) {
    std::vector<std::size_t> by_event(moments.size());
    for (std::size_t i = 0; i < moments.size(); ++i) by_event[i] = i;
    std::stable_sort(by_event.begin(), by_event.end(),
                     [&](std::size_t a, std::size_t b) { return moments[a].event < moments[b].event; });
    std::vector<Pending> pending(moments.size());
    for (std::uint32_t idx = 0; idx < view.elements.size(); ++idx) {
        const auto request = view.free_requested_at(idx);
        if (!request) continue;
        const std::uint32_t end = view.elements.end[idx];
        // This is so for nearly all elements: their free completes immediately.
        if (*request >= 0 && std::int64_t{end} <= *request + 1) continue;
        auto at =
            std::lower_bound(by_event.begin(), by_event.end(), *request,
                             [&](std::size_t i, std::int64_t event) { return moments[i].event < event; });
        for (; at != by_event.end(); ++at) {
            if (end != Elements::k_none && moments[*at].event >= std::int64_t{end}) break;
            add(pending[*at], view, idx);
        }
    }
    std::vector<PendingRow> rows;
    for (std::size_t i = 0; i < moments.size(); ++i) {
        if (pending[i].count > 0) rows.push_back(row_of(pending[i], moments[i].name, view));
    }
    return rows;
}

}  // namespace snapq::timeline
