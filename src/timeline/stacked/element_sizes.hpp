// Sizes of elements, and of closes in time order, ready for sums that cannot overflow. Private to timeline.
//
// Requested bytes. 2 bytes a close: a trace has a dozen different sizes, so a close names its size by a
// number; what a hostile file has beyond 65 535 different ones is looked up in the event log. Immutable after
// construction.
#pragma once

#include <cstdint>
#include <vector>

#include "timeline/replay/elements.hpp"
#include "timeline/stacked/close_tree.hpp"

namespace snapq::timeline {

class ElementSizes {
public:
    // Both arguments and what the reader refers to must outlive the object.
    ElementSizes(const ElementReader& reader, std::uint32_t element_count, const CloseTree& closes);

    // As the file says, for people to read.
    [[nodiscard]] std::int64_t as_recorded(std::uint32_t idx) const { return m_reader.size(idx); }

    // For sums. The same, unless all sizes together pass 2^62, which no real memory does: then each is held
    // within 2^62 / elements, so that no sum of any of them leaves 64 bits.
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
