// The address ranges that are reserved from the driver at one moment. Undoing a segment event changes them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "snapshot/model.hpp"

namespace snapq::timeline {

// The ranges never overlap. One thread at a time.
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

    // Hostile files may have more, allocators do not: the smallest segment is 2 MiB, so these are half a
    // terabyte.
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

}  // namespace snapq::timeline
