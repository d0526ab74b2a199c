#include "timeline/tables/makers.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "timeline/tables/allocator_rules.hpp"
#include "timeline/tables/layout.hpp"

namespace snapq::timeline {
namespace {

// How the memory of a set of segments is used.
struct Usage {
    WideBytes held = 0;  // of all segments
    WideBytes occupied = 0;
    WideBytes requested = 0;
    WideBytes cached = 0;  // of segments without anything in use
    std::int64_t segments = 0;
    std::int64_t cached_segments = 0;
    std::int64_t holes = 0;  // free ranges inside the other segments
    std::uint64_t largest_hole = 0;
    std::uint64_t largest_cached_segment = 0;

    void add(const SegmentLayout& segment) {
        held += segment.range.size;
        ++segments;
        if (segment.is_cached()) {
            cached += segment.range.size;
            ++cached_segments;
            largest_cached_segment = std::max(largest_cached_segment, segment.range.size);
            return;
        }
        for (const PlacedBlock& block : segment.blocks) {
            occupied += block.size;
            requested += block.requested;
        }
        segment.for_each_free([this](const FreeRange& hole) {
            ++holes;
            largest_hole = std::max(largest_hole, hole.size);
        });
    }
};

// Sets all parts but the requested and the reserved bytes, which the row has already. No part exceeds `held`,
// which fits 64 bits.
void set_parts(report::Fragmentation& row, const Usage& usage) {
    row.rounding_bytes = saturated(usage.occupied - *row.requested_bytes);
    row.cached_bytes = saturated(usage.cached);
    row.stranded_bytes = saturated(usage.held - usage.cached - usage.occupied);
    row.segments = usage.segments;
    row.cached_segments = usage.cached_segments;
    row.holes = usage.holes;
    row.largest_hole_bytes = saturated(usage.largest_hole);
    row.largest_cached_segment_bytes = saturated(usage.largest_cached_segment);
}

// Reserved and requested bytes of the final blocks.
report::Fragmentation final_totals(const DeviceView& view) {
    WideBytes requested = 0;
    WideBytes reserved = 0;
    for (const snapshot::Segment* segment : view.segments) {
        reserved += segment->total_size;
        for (const snapshot::Block& block : view.blocks_of(*segment)) {
            if (block.occupied()) requested += block.requested;
        }
    }
    report::Fragmentation row;
    row.estimated = false;
    row.requested_bytes = saturated(requested);
    row.reserved_bytes = saturated(reserved);
    return row;
}

report::Fragmentation totals_after(const Curves& curves, std::int64_t event) {
    report::Fragmentation row;
    row.requested_bytes = curves.live_after(event);
    row.reserved_bytes = curves.reserved_after(event);
    return row;
}

// The pool, the stream, whether the segments are for small requests, and whether they are expandable.
using PoolKey = std::tuple<snapshot::TextId, std::optional<std::int64_t>, bool, bool>;

PoolFragmentationRow pool_row(const PoolKey& key, const Usage& usage) {
    PoolFragmentationRow row;
    std::tie(row.pool, row.stream, row.is_small, row.is_expandable) = key;
    row.usage.requested_bytes = saturated(usage.requested);
    row.usage.reserved_bytes = saturated(usage.held);
    set_parts(row.usage, usage);
    return row;
}

std::vector<PoolFragmentationRow> pool_rows(const Layout& layout, std::int64_t event) {
    std::map<PoolKey, Usage> pools;
    layout.for_each_segment([&](const SegmentLayout& segment) {
        const AddressRanges::Range& range = segment.range;
        pools[{range.pool, range.stream, segment.is_small(), range.expandable}].add(segment);
    });
    std::vector<PoolFragmentationRow> rows;
    for (const auto& [key, usage] : pools) {
        rows.push_back(pool_row(key, usage));
        rows.back().event = event;
        rows.back().usage.estimated = !layout.is_exact();
    }
    std::ranges::stable_sort(rows, std::ranges::greater(),
                             [](const PoolFragmentationRow& row) { return *row.usage.reserved_bytes; });
    if (rows.size() > k_max_pools) rows.resize(k_max_pools);
    rows.shrink_to_fit();  // they are kept, and there may have been one for each segment
    return rows;
}

class Maker {
public:
    Maker(const DeviceView& view, const Curves& curves) : m_view(view), m_curves(curves), m_layouts(view) {
        if (view.final_blocks_known()) m_final = final_totals(view);
    }

    // Moments must be given from the latest to the earliest.
    MemoryAt memory_at(const Moment& moment) {
        const bool is_final = is_exact(moment);
        MemoryAt memory;
        report::Fragmentation& row = memory.fragmentation;
        row = is_final ? *m_final : totals_after(m_curves, moment.event);
        row.moment = moment.name;
        const Layout* layout = m_layouts.rewind_to(moment.event, is_final);
        if (layout == nullptr || !row.reserved_bytes || !row.requested_bytes) return memory;
        Usage usage;
        layout->for_each_segment([&usage](const SegmentLayout& segment) { usage.add(segment); });
        if (usage.held != *row.reserved_bytes || usage.occupied < *row.requested_bytes) return memory;
        set_parts(row, usage);
        memory.pools = pool_rows(*layout, moment.event);
        for (PoolFragmentationRow& pool : memory.pools) pool.usage.moment = moment.name;
        memory.layout = layout;
        return memory;
    }

private:
    // Whether the final blocks show the moment: the end, and another moment at the last event if trace and
    // blocks agree.
    [[nodiscard]] bool is_exact(const Moment& moment) const {
        return m_final && moment.event == m_view.last_event() &&
               (moment.name == "end" || m_final->requested_bytes == m_curves.live_after(moment.event));
    }

    const DeviceView& m_view;
    const Curves& m_curves;
    LayoutRewinder m_layouts;
    std::optional<report::Fragmentation> m_final;
};

}  // namespace

void for_each_memory(const DeviceView& view, const Curves& curves, std::span<const Moment> moments,
                     const std::function<void(std::size_t, MemoryAt&&)>& visit) {
    std::vector<std::size_t> latest_first(moments.size());
    for (std::size_t i = 0; i < moments.size(); ++i) latest_first[i] = i;
    std::ranges::stable_sort(latest_first, std::ranges::greater(),
                             [&](std::size_t i) { return moments[i].event; });
    Maker maker(view, curves);
    for (const std::size_t i : latest_first) visit(i, maker.memory_at(moments[i]));
}

}  // namespace snapq::timeline
