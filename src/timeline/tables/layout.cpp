#include "timeline/tables/layout.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "timeline/tables/allocator_rules.hpp"

namespace snapq::timeline {
namespace {

bool may_be_one_segment(const AddressRanges::Range& a, const AddressRanges::Range& b) {
    const bool same_pool = a.pool.is_none() || b.pool.is_none() || a.pool == b.pool;
    const bool same_type = !a.small || !b.small || a.small == b.small;
    return a.expandable && b.expandable && a.stream == b.stream && same_pool && same_type;
}

}  // namespace

bool AddressRanges::insert(std::uint64_t address, const Range& range) {
    if (range.size == 0) return true;
    if (range.size > std::numeric_limits<std::uint64_t>::max() - address) return false;
    if (m_ranges.size() >= k_max_ranges) return false;
    const auto next = m_ranges.lower_bound(address);
    if (next != m_ranges.end() && next->first - address < range.size) return false;
    if (next != m_ranges.begin()) {
        const auto before = std::prev(next);
        if (address - before->first < before->second.size) return false;
    }
    m_ranges.emplace_hint(next, address, range);
    return true;
}

bool AddressRanges::insert_joined(std::uint64_t address, const Range& range) {
    if (!insert(address, range)) return false;
    const auto at = m_ranges.find(address);
    if (at == m_ranges.end()) return true;  // the range was empty
    join_with_next(at);
    if (at != m_ranges.begin()) join_with_next(std::prev(at));
    return true;
}

void AddressRanges::join_with_next(Map::iterator at) {
    const auto next = std::next(at);
    if (next == m_ranges.end() || next->first - at->first != at->second.size) return;
    if (!may_be_one_segment(at->second, next->second)) return;
    at->second.size += next->second.size;
    if (at->second.pool.is_none()) at->second.pool = next->second.pool;
    if (!at->second.small) at->second.small = next->second.small;
    m_ranges.erase(next);
}

bool AddressRanges::remove(std::uint64_t address, std::uint64_t size) {
    while (size > 0) {
        auto at = m_ranges.upper_bound(address);
        if (at == m_ranges.begin()) return false;
        --at;
        const std::uint64_t skipped = address - at->first;
        if (skipped >= at->second.size) return false;
        const std::uint64_t removed = std::min(size, at->second.size - skipped);
        const std::uint64_t rest = at->second.size - skipped - removed;
        if (rest > 0) {
            Range behind = at->second;
            behind.size = rest;
            m_ranges.emplace(address + removed, behind);
        }
        if (skipped > 0) {
            at->second.size = skipped;
        } else {
            m_ranges.erase(at);
        }
        address += removed;
        size -= removed;
    }
    return true;
}

namespace {

using snapshot::Action;

void sort_by_address(std::vector<PlacedBlock>& blocks) {
    if (!std::ranges::is_sorted(blocks, {}, &PlacedBlock::address)) {
        std::ranges::sort(blocks, {}, &PlacedBlock::address);
    }
}

// Whether each block lies within a range and overlaps no other block. Ranges and blocks ascend by address.
bool have_room(const AddressRanges::Map& ranges, std::span<const PlacedBlock> blocks) {
    auto next = blocks.begin();
    for (const auto& [address, range] : ranges) {
        std::uint64_t used = 0;  // of the range, up to the end of the last block
        for (; next != blocks.end() && next->address - address < range.size; ++next) {
            const std::uint64_t offset = next->address - address;
            if (offset < used || next->size > range.size - offset) return false;
            used = offset + next->size;
        }
    }
    return next == blocks.end();
}

std::optional<bool> is_small_type(const snapshot::Symbols& symbols, snapshot::TextId segment_type) {
    if (segment_type.is_none()) return std::nullopt;
    const std::string_view text = symbols.text(segment_type);
    if (text != "small" && text != "large") return std::nullopt;
    return text == "small";
}

bool is_pending(const DeviceView& view, std::uint32_t idx, std::int64_t event) {
    const auto request = view.free_requested_at(idx);
    return request && *request <= event;
}

PlacedBlock placed_block(std::uint64_t address, std::int64_t size, std::int64_t requested, bool pending) {
    PlacedBlock block;
    block.address = address;
    block.size = static_cast<std::uint64_t>(size);
    // The mask does not change the value; it tells the compiler that the value fits into 63 bits.
    constexpr std::uint64_t k_mask = ~std::uint64_t{0} >> 1;
    block.requested = static_cast<std::uint64_t>(std::max<std::int64_t>(requested, 0)) & k_mask;
    block.pending = pending ? 1 : 0;
    return block;
}

// The live elements, their sizes rounded up as the allocator does. One of zero bytes occupies nothing.
std::vector<PlacedBlock> live_blocks(const DeviceView& view, std::int64_t event) {
    std::vector<PlacedBlock> blocks;
    blocks.reserve(view.live_count(event));
    view.for_each_live(event, [&](std::uint32_t idx) {
        const std::int64_t size = view.reader.size(idx);
        if (size <= 0) return;
        // Rounding may saturate, because a size near 2^63 does not fit into any segment.
        blocks.push_back(placed_block(view.reader.address(idx), saturated(rounded_up(size)), size,
                                      is_pending(view, idx, event)));
    });
    return blocks;
}

// nullopt if the file lacks them, or if a size is negative.
std::optional<std::vector<PlacedBlock>> final_blocks(const DeviceView& view) {
    if (!view.final_blocks_known()) return std::nullopt;
    std::vector<PlacedBlock> blocks;
    for (const snapshot::Segment* segment : view.segments) {
        for (const snapshot::Block& block : view.blocks_of(*segment)) {
            if (!block.occupied() || block.size == 0) continue;
            if (block.size < 0) return std::nullopt;
            blocks.push_back(placed_block(block.address, block.size, block.requested,
                                          block.state == snapshot::BlockState::active_pending_free));
        }
    }
    return blocks;
}

// Whether nothing that a layout shows changes in (first, last].
bool same_layout(const DeviceView& view, std::int64_t first, std::int64_t last) {
    if (!view.nothing_changes_between(first, last)) return false;
    for (std::int64_t event = first + 1; event <= last; ++event) {
        if (view.shape(event).action == Action::free_requested) return false;
    }
    return true;
}

}  // namespace

bool SegmentLayout::is_small() const {
    if (range.small) return *range.small;
    if (blocks.empty()) return range.size == static_cast<std::uint64_t>(k_small_segment);
    return is_small_request(static_cast<std::int64_t>(blocks.front().requested));
}

std::optional<Layout> Layout::of(const AddressRanges::Map& ranges, std::vector<PlacedBlock> blocks,
                                 bool exact) {
    sort_by_address(blocks);
    if (!have_room(ranges, blocks)) return std::nullopt;
    return Layout(ranges, std::move(blocks), exact);
}

const AddressRanges::Range* Layout::segment_at(std::uint64_t address) const {
    const auto after = m_ranges->upper_bound(address);
    if (after == m_ranges->begin()) return nullptr;
    const auto& [begin, range] = *std::prev(after);
    return address - begin < range.size ? &range : nullptr;
}

LayoutRewinder::LayoutRewinder(const DeviceView& view)
    : m_view(view), m_known(view.final_segments_known()), m_next(view.replay.reserved.events.size()) {
    for (const snapshot::Segment* segment : view.segments) {
        const AddressRanges::Range range{static_cast<std::uint64_t>(segment->total_size), segment->stream,
                                         segment->is_expandable.value_or(false), segment->pool,
                                         is_small_type(view.snapshot.symbols, segment->segment_type)};
        m_known = m_known && segment->total_size >= 0 && m_ranges.insert(segment->address, range);
    }
}

const Layout* LayoutRewinder::rewind_to(std::int64_t event, bool exact) {
    const auto& events = m_view.replay.reserved.events;
    // Often nothing changes between two moments, because a program that ran out of memory tries again.
    const bool is_same = m_last && m_last->exact == exact && same_layout(m_view, event, m_last->event);
    if (!is_same) {
        m_last.reset();
        for (; m_known && m_next > 0 && std::int64_t{events[m_next - 1]} > event; --m_next) {
            m_known = undo(events[m_next - 1]);
        }
        m_last = Made{event, exact, layout_after(event, exact)};
    }
    return m_last->layout ? &*m_last->layout : nullptr;
}

std::optional<Layout> LayoutRewinder::layout_after(std::int64_t event, bool exact) const {
    if (!m_known) return std::nullopt;
    if (!exact) {
        if (m_view.replay.survivors_left_out) return std::nullopt;
        return Layout::of(m_ranges.by_address(), live_blocks(m_view, event), false);
    }
    std::optional<std::vector<PlacedBlock>> blocks = final_blocks(m_view);
    return blocks ? Layout::of(m_ranges.by_address(), *std::move(blocks), true) : std::nullopt;
}

bool LayoutRewinder::undo(std::uint32_t event) {
    const snapshot::EventShape& shape = m_view.shape(event);
    if (shape.size < 0) return false;
    const std::uint64_t address = m_view.address(event);
    AddressRanges::Range range{static_cast<std::uint64_t>(shape.size),
                               shape.has_stream ? std::optional(shape.stream) : std::nullopt};
    range.pool = shape.pool;
    switch (shape.action) {
        case Action::segment_alloc:
        case Action::segment_map: return m_ranges.remove(address, range.size);
        case Action::segment_unmap: range.expandable = true; return m_ranges.insert_joined(address, range);
        default: return m_ranges.insert(address, range);
    }
}

}  // namespace snapq::timeline
