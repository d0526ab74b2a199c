#include "timeline/tables/makers.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "timeline/replay/wide_bytes.hpp"
#include "timeline/tables/ranges.hpp"

namespace snapq::timeline {
namespace {

using snapshot::Action;

// A range of memory in use.
struct Occupied {
    std::uint64_t address = 0;
    std::uint64_t size = 0;
};

// How the memory of a set of ranges is used.
struct Usage {
    WideBytes held = 0;  // of all ranges
    WideBytes occupied = 0;
    WideBytes cached = 0;  // of ranges without anything in use
    std::int64_t cached_ranges = 0;
    std::int64_t holes = 0;  // free ranges inside the other ranges
    std::uint64_t largest_free = 0;
};

void add_free(Usage& usage, std::uint64_t size) {
    if (size == 0) return;
    ++usage.holes;
    usage.largest_free = std::max(usage.largest_free, size);
}

// Places `occupied` into the ranges; both ascend by address. nullopt if one does not fit.
std::optional<Usage> place_blocks(const AddressRanges::Map& ranges, std::span<const Occupied> occupied) {
    Usage usage;
    auto next = occupied.begin();
    for (const auto& [address, range] : ranges) {
        usage.held += range.size;
        std::uint64_t used = 0;  // of the range, up to the end of the last block
        bool in_use = false;
        for (; next != occupied.end() && next->address - address < range.size; ++next) {
            const std::uint64_t offset = next->address - address;
            if (offset < used || next->size > range.size - offset) return std::nullopt;
            add_free(usage, offset - used);
            used = offset + next->size;
            usage.occupied += next->size;
            in_use = true;
        }
        if (in_use) {
            add_free(usage, range.size - used);
        } else {
            usage.cached += range.size;
            ++usage.cached_ranges;
            usage.largest_free = std::max(usage.largest_free, range.size);
        }
    }
    if (next != occupied.end()) return std::nullopt;
    return usage;
}

void sort_by_address(std::vector<Occupied>& occupied) {
    const auto by_address = [](const Occupied& a, const Occupied& b) { return a.address < b.address; };
    if (!std::is_sorted(occupied.begin(), occupied.end(), by_address)) {
        std::sort(occupied.begin(), occupied.end(), by_address);
    }
}

// Sets the parts of the row, unless they contradict its reserved or requested bytes.
void fill_parts(report::Fragmentation& row, const AddressRanges::Map& ranges,
                std::vector<Occupied>& occupied) {
    sort_by_address(occupied);
    const std::optional<Usage> usage = place_blocks(ranges, occupied);
    if (!usage || !row.reserved_bytes || !row.requested_bytes) return;
    if (usage->held != *row.reserved_bytes || usage->occupied < *row.requested_bytes) return;
    // All parts are at most `held`, which fits 64 bits.
    row.rounding_bytes = saturated(usage->occupied - *row.requested_bytes);
    row.cached_bytes = saturated(usage->cached);
    row.stranded_bytes = saturated(usage->held - usage->cached - usage->occupied);
    row.segments = static_cast<std::int64_t>(ranges.size());
    row.cached_segments = usage->cached_ranges;
    row.holes = usage->holes;
    row.largest_hole_bytes = saturated(usage->largest_free);
}

// The segments of the device, from the final ones backwards in time.
class SegmentRewinder {
public:
    explicit SegmentRewinder(const DeviceView& view)
        : m_view(view), m_known(view.final_segments_known()), m_next(view.replay.reserved.events.size()) {
        for (const snapshot::Segment* segment : view.segments) {
            const AddressRanges::Range range{static_cast<std::uint64_t>(segment->total_size), segment->stream,
                                             segment->is_expandable.value_or(false)};
            m_known = m_known && segment->total_size >= 0 && m_ranges.insert(segment->address, range);
        }
    }

    // Goes back to the state after `event`, which must not be later than that of the call before. Null if the
    // segments of that time are not known.
    const AddressRanges::Map* rewind_to(std::int64_t event) {
        const auto& events = m_view.replay.reserved.events;
        for (; m_known && m_next > 0 && std::int64_t{events[m_next - 1]} > event; --m_next) {
            m_known = undo(events[m_next - 1]);
        }
        return m_known ? &m_ranges.by_address() : nullptr;
    }

private:
    static std::optional<std::int64_t> stream_of(const snapshot::EventShape& shape) {
        return shape.has_stream ? std::optional(shape.stream) : std::nullopt;
    }

    bool undo(std::uint32_t event) {
        const snapshot::EventShape& shape = m_view.shape(event);
        if (shape.size < 0) return false;
        const std::uint64_t address = m_view.address(event);
        const auto size = static_cast<std::uint64_t>(shape.size);
        switch (shape.action) {
            case Action::segment_alloc:
            case Action::segment_map: return m_ranges.remove(address, size);
            case Action::segment_unmap:
                return m_ranges.insert_joined(address, {size, stream_of(shape), true});
            default: return m_ranges.insert(address, {size, stream_of(shape), false});
        }
    }

    const DeviceView& m_view;
    AddressRanges m_ranges;
    bool m_known;
    std::size_t m_next;  // events from here on are undone
};

// The ranges of the live elements, their sizes rounded up as the allocator does.
std::vector<Occupied> occupied_after(const DeviceView& view, std::int64_t event) {
    std::vector<Occupied> occupied;
    occupied.reserve(view.live_count(event));
    view.for_each_live(event, [&](std::uint32_t idx) {
        const std::int64_t size = view.reader.size(idx);
        if (size <= 0) return;  // an element of zero bytes occupies nothing
        occupied.push_back({view.reader.address(idx), static_cast<std::uint64_t>(rounded_up(size))});
    });
    return occupied;
}

// The row of the final state, from the blocks. The parts stay empty if segments and blocks contradict each
// other.
report::Fragmentation final_row(const DeviceView& view, const AddressRanges::Map* ranges) {
    report::Fragmentation row;
    row.estimated = false;
    WideBytes requested = 0;
    WideBytes reserved = 0;
    std::vector<Occupied> occupied;
    bool sizes_valid = true;
    for (const snapshot::Segment* segment : view.segments) {
        reserved += segment->total_size;
        for (const snapshot::Block& block : view.blocks_of(*segment)) {
            if (!block.occupied()) continue;
            requested += block.requested;
            sizes_valid = sizes_valid && block.size >= 0;
            if (block.size > 0) occupied.push_back({block.address, static_cast<std::uint64_t>(block.size)});
        }
    }
    row.requested_bytes = saturated(requested);
    row.reserved_bytes = saturated(reserved);
    if (ranges != nullptr && sizes_valid) fill_parts(row, *ranges, occupied);
    return row;
}

report::Fragmentation estimated_row(const DeviceView& view, const Curves& curves, std::int64_t event,
                                    const AddressRanges::Map* ranges) {
    report::Fragmentation row;
    row.requested_bytes = curves.live_after(event);
    row.reserved_bytes = curves.reserved_after(event);
    if (ranges != nullptr && row.reserved_bytes) {
        std::vector<Occupied> occupied = occupied_after(view, event);
        fill_parts(row, *ranges, occupied);
    }
    return row;
}

}  // namespace

std::vector<report::Fragmentation> make_fragmentation(const DeviceView& view, const Curves& curves,
                                                      std::span<const Moment> moments) {
    std::vector<std::size_t> latest_first(moments.size());
    std::iota(latest_first.begin(), latest_first.end(), 0U);
    std::stable_sort(latest_first.begin(), latest_first.end(),
                     [&](std::size_t a, std::size_t b) { return moments[a].event > moments[b].event; });

    SegmentRewinder segments(view);
    std::optional<report::Fragmentation> exact;
    if (view.final_segments_known()) exact = final_row(view, segments.rewind_to(view.last_event()));
    std::vector<report::Fragmentation> rows(moments.size());
    // The row estimated last. A program that tries again after an OOM often changes nothing in between.
    std::optional<std::size_t> previous;
    for (const std::size_t i : latest_first) {
        const Moment& moment = moments[i];
        const AddressRanges::Map* ranges = segments.rewind_to(moment.event);
        // Another moment at the last event is as exact as the end if trace and blocks agree.
        const bool is_final =
            exact && moment.event == view.last_event() &&
            (moment.name == "end" || exact->requested_bytes == curves.live_after(moment.event));
        const bool is_same = previous && view.nothing_changes_between(moment.event, moments[*previous].event);
        if (is_final) {
            rows[i] = *exact;
        } else if (is_same) {
            rows[i] = rows[*previous];
        } else {
            rows[i] = estimated_row(view, curves, moment.event, ranges);
        }
        rows[i].moment = moment.name;
        if (!is_final) previous = i;
    }
    return rows;
}

}  // namespace snapq::timeline
