// Requested bytes of elements, and of closes in time order, limited so that their sums cannot overflow.
// Private to timeline.
//
// A close takes 2 bytes, an index into the list of different sizes, because traces have few of them. Sizes
// beyond the first 65,535 different ones are looked up in the event log. Immutable after construction, so any
// number of threads may read it.
#pragma once

#include <cstdint>
#include <vector>

#include "timeline/replay/elements.hpp"
#include "timeline/stacked/close_tree.hpp"

namespace snapq::timeline {

class ElementSizes {
public:
    // `closes` and the arguments of `reader` must outlive the object.
    ElementSizes(const ElementReader& reader, std::uint32_t element_count, const CloseTree& closes);

    // The size in the file.
    [[nodiscard]] std::int64_t as_recorded(std::uint32_t idx) const { return m_reader.size(idx); }

    // The size for sums: the same, unless the sum of all sizes exceeds 2^62, which only hostile files reach:
    // then each size is limited to 2^62 / elements, so that no sum of them overflows 64 bits.
    [[nodiscard]] std::int64_t of_element(std::uint32_t idx) const { return within_cap(m_reader.size(idx)); }
    [[nodiscard]] std::int64_t of_close(std::uint32_t close) const {
        const std::uint16_t id = m_ids[close];
        return id != k_unlisted ? m_values[id] : of_element(m_closes->idx(close));
    }

private:
    static constexpr std::uint16_t k_unlisted = 0xffff;
    static constexpr std::int64_t k_safe_sum = std::int64_t{1} << 62;

    [[nodiscard]] std::int64_t within_cap(std::int64_t size) const {
        return size > m_cap ? m_cap : size < -m_cap ? -m_cap : size;
    }

    ElementReader m_reader;
    const CloseTree* m_closes;
    std::int64_t m_cap = k_safe_sum;
    std::vector<std::uint16_t> m_ids;
    std::vector<std::int64_t> m_values;
};

}  // namespace snapq::timeline
