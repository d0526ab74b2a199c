// The closes of a trace in time order, with a search for the next close of an element whose idx is at most a
// limit, and the requested bytes of the closes. Private to timeline.
//
// These closes, from the start of an element to its end, are the drops of that element. The search uses a
// tree of minima with 16 children a node. It takes 4.27 bytes a close. The time of a search grows with the
// logarithm to base 16 of the distance to the answer; an answer nearby needs one comparison of 16 numbers.
// Immutable after construction, so any number of threads may read it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/block_vector.hpp"
#include "timeline/replay/elements.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace snapq::timeline {

class CloseTree {
public:
    static constexpr std::uint32_t k_fan = 16;

    // `closes`: idx of the elements that end, in time order; below 2^32 - 1.
    explicit CloseTree(const BlockVector<std::uint32_t>& closes);

    [[nodiscard]] std::uint32_t size() const { return m_size; }
    [[nodiscard]] std::uint32_t idx(std::uint32_t close) const { return unbias(m_levels[0][close]); }

    // Closes at or below an index, in time order.
    class Cursor {
    public:
        Cursor(const CloseTree& tree, std::uint32_t first, std::uint32_t limit)
            : m_tree(&tree), m_key(bias(limit)), m_block(first / k_fan) {
            if (first < tree.m_size) m_mask = tree.hits(0, m_block, m_key) & (~0U << first % k_fan);
        }

        // The number of the next close, or a number of at least CloseTree::size() if there is none.
        std::uint32_t next() {
            if (m_mask == 0 && !find_block()) return k_no_block;
            const std::uint32_t close =
                m_block * k_fan + static_cast<std::uint32_t>(std::countr_zero(m_mask));
            m_mask &= m_mask - 1;
            return close;
        }

    private:
        bool find_block() {
            m_block = m_tree->next_block(m_block + 1, m_key);
            if (m_block == k_no_block) {
                m_block = k_no_block - 1;  // stays beyond the end
                return false;
            }
            m_mask = m_tree->hits(0, m_block, m_key);
            return true;
        }

        const CloseTree* m_tree;
        std::int32_t m_key;
        std::uint32_t m_block;
        std::uint32_t m_mask = 0;
    };

private:
    static constexpr std::uint32_t k_no_block = std::numeric_limits<std::uint32_t>::max();

    // Stored with the top bit flipped: SSE2 compares signed numbers only.
    static std::int32_t bias(std::uint32_t idx) { return static_cast<std::int32_t>(idx ^ 0x80000000U); }
    static std::uint32_t unbias(std::int32_t key) { return static_cast<std::uint32_t>(key) ^ 0x80000000U; }

    // Bit k: entry k of that block of 16 is at most `key`.
    [[nodiscard]] std::uint32_t hits(std::size_t level, std::uint32_t block, std::int32_t key) const;
    // The first block of 16 closes, from `block` on, that has an entry of at most `key`.
    [[nodiscard]] std::uint32_t next_block(std::uint32_t block, std::int32_t key) const;

    std::uint32_t m_size;
    // Level 0 holds the closes, each higher level the minima of blocks of 16. All levels are padded to whole
    // blocks with the largest number, which is never an idx.
    std::vector<std::vector<std::int32_t>> m_levels;
};

inline std::uint32_t CloseTree::hits(std::size_t level, std::uint32_t block, std::int32_t key) const {
    const std::int32_t* entries = m_levels[level].data() + std::size_t{block} * k_fan;
#if defined(__SSE2__)
    const __m128i limit = _mm_set1_epi32(key);
    const auto above = [&](int quarter) {
        return _mm_cmpgt_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries) + quarter), limit);
    };
    const __m128i low = _mm_packs_epi32(above(0), above(1));
    const __m128i high = _mm_packs_epi32(above(2), above(3));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) ^ 0xffffU;
#else
    std::uint32_t mask = 0;
    for (std::uint32_t k = 0; k < k_fan; ++k) mask |= static_cast<std::uint32_t>(entries[k] <= key) << k;
    return mask;
#endif
}

// Requested bytes of elements, and of closes in time order, limited so that their sums cannot overflow.
//
// A close takes 2 bytes, an index into the list of different sizes, because traces have few of them. Sizes
// beyond the first 65,535 different ones are looked up in the event log. Immutable after construction, so any
// number of threads may read it.
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
