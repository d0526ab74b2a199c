// The address ranges held from the driver at one moment, and how they change when a segment event is undone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace snapq::timeline {

// Ranges never overlap.
class AddressRanges {
public:
    struct Range {
        std::uint64_t size = 0;
        std::optional<std::int64_t> stream;
        bool expandable = false;
    };
    using Map = std::map<std::uint64_t, Range>;  // by address

    // More ranges than any allocator holds (the smallest segment is 2 MiB, so this is half a terabyte): a
    // hostile file is not followed further.
    static constexpr std::size_t k_max_ranges = 262'144;

    // False when it overlaps what is there, passes the end of the address space, or the map is full. Empty
    // ranges are nothing.
    [[nodiscard]] bool insert(std::uint64_t address, const Range& range);

    // The same, and makes one range of it and the expandable ranges of the same stream that it touches, as a
    // snapshot does: one segment for each contiguous mapped range.
    [[nodiscard]] bool insert_joined(std::uint64_t address, const Range& range);

    // Takes [address, address + size) out, leaving what remains on either side. False unless all of it was
    // there.
    [[nodiscard]] bool remove(std::uint64_t address, std::uint64_t size);

    [[nodiscard]] const Map& by_address() const { return m_ranges; }

private:
    void join_with_next(Map::iterator at);

    Map m_ranges;
};

}  // namespace snapq::timeline
