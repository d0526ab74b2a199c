// The memory of a device at one moment: the segments that it held, what lay in them, and what was free.
//
// The final state is exact: it is made from the final blocks. Earlier states are estimated: the segment
// events are undone one by one from the end, and the live elements are placed into the segments of that time,
// each rounded up to a multiple of 512 bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/model.hpp"
#include "timeline/tables/device_view.hpp"

namespace snapq::timeline {

// The address ranges that are reserved from the driver at one moment. Undoing a segment event changes them.
// They never overlap. One thread at a time.
class AddressRanges {
public:
    struct Range {
        std::uint64_t size = 0;
        std::optional<std::int64_t> stream;
        bool expandable = false;
        snapshot::TextId pool = {};      // "1,0"; none: the file does not say
        std::optional<bool> small = {};  // for requests of at most 1 MiB; nullopt: the file does not say
    };
    using Map = std::map<std::uint64_t, Range>;  // by address

    // Only hostile files have more ranges: the smallest segment is 2 MiB, so this many take half a terabyte.
    static constexpr std::size_t k_max_ranges = 262'144;

    // False if the range overlaps another one or exceeds the address space, or if the map is full. Ignores
    // empty ranges.
    [[nodiscard]] bool insert(std::uint64_t address, const Range& range);

    // The same, and joins the range with adjacent expandable ranges of the same stream and pool, as PyTorch
    // does: a snapshot has one segment for each contiguous mapped range. A pool or size class that only one
    // of them knows applies to both.
    [[nodiscard]] bool insert_joined(std::uint64_t address, const Range& range);

    // Removes [address, address + size) and keeps the rest on both sides. False if not all of it was there.
    [[nodiscard]] bool remove(std::uint64_t address, std::uint64_t size);

    [[nodiscard]] const Map& by_address() const { return m_ranges; }

private:
    void join_with_next(Map::iterator at);

    Map m_ranges;
};

// A range of memory in use.
struct PlacedBlock {
    std::uint64_t address = 0;
    std::uint64_t size = 0;            // bytes that it occupies, not 0
    std::uint64_t requested : 63 = 0;  // bytes
    std::uint64_t pending : 1 = 0;     // 1: the program freed it, but another stream may still use it
};

// A free range, inside or instead of the blocks of a segment.
struct FreeRange {
    std::uint64_t offset = 0;  // bytes from the beginning of the segment
    std::uint64_t size = 0;    // bytes, not 0
};

// One segment and its blocks, ascending by address.
struct SegmentLayout {
    std::uint64_t address = 0;
    AddressRanges::Range range;
    std::span<const PlacedBlock> blocks;

    [[nodiscard]] bool is_cached() const { return blocks.empty(); }
    // Whether it serves requests of at most 1 MiB. Where the file does not say, the blocks decide, and
    // without blocks the size.
    [[nodiscard]] bool is_small() const;
    // Calls visit(FreeRange) for each free range; for the whole segment if it is cached.
    template <typename Visit>
    void for_each_free(Visit&& visit) const {
        std::uint64_t used = 0;
        for (const PlacedBlock& block : blocks) {
            const std::uint64_t offset = block.address - address;
            if (offset > used) visit(FreeRange{used, offset - used});
            used = offset + block.size;
        }
        if (range.size > used) visit(FreeRange{used, range.size - used});
    }
};

// Must not outlive the ranges that it was made from, which must not change.
class Layout {
public:
    // nullopt if a block lies outside of all ranges or overlaps another block.
    [[nodiscard]] static std::optional<Layout> of(const AddressRanges::Map& ranges,
                                                  std::vector<PlacedBlock> blocks, bool exact);

    // The final state, not an estimate.
    [[nodiscard]] bool is_exact() const { return m_exact; }
    // The segment that holds the address, or null.
    [[nodiscard]] const AddressRanges::Range* segment_at(std::uint64_t address) const;
    // Calls visit(SegmentLayout) in the order of addresses.
    template <typename Visit>
    void for_each_segment(Visit&& visit) const {
        auto next = m_blocks.begin();
        for (const auto& [address, range] : *m_ranges) {
            const auto first = next;
            while (next != m_blocks.end() && next->address - address < range.size) ++next;
            visit(SegmentLayout{address, range, {first, next}});
        }
    }

private:
    Layout(const AddressRanges::Map& ranges, std::vector<PlacedBlock> blocks, bool exact)
        : m_ranges(&ranges), m_blocks(std::move(blocks)), m_exact(exact) {}

    const AddressRanges::Map* m_ranges;
    std::vector<PlacedBlock> m_blocks;
    bool m_exact;
};

// The layouts of one device, from the latest moment to the earliest. Takes 24 bytes for each element that is
// live at the moment of the last call.
class LayoutRewinder {
public:
    explicit LayoutRewinder(const DeviceView& view);

    // The state after `event`, which must not be later than that of the call before; valid until the next
    // call. `exact` asks for the final blocks and is for the last event only. Null if the state is not known:
    // the file lacks the final segments, or elements, segments and segment events contradict each other.
    const Layout* rewind_to(std::int64_t event, bool exact);

private:
    [[nodiscard]] bool undo(std::uint32_t event);
    [[nodiscard]] std::optional<Layout> layout_after(std::int64_t event, bool exact) const;

    const DeviceView& m_view;
    AddressRanges m_ranges;
    bool m_known;
    std::size_t m_next;  // segment events from here on are undone

    struct Made {
        std::int64_t event = 0;
        bool exact = false;
        std::optional<Layout> layout;
    };
    std::optional<Made> m_last;
};

}  // namespace snapq::timeline
