// Prefix sums of an array that changes. Both operations take O(log n). Private to timeline.
//
// Only used while a stacked timeline is built. T is an integer type. One thread at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace snapq::timeline {

template <typename T>
class Fenwick {
public:
    explicit Fenwick(std::size_t size) : m_tree(size + 1) {}

    void add(std::size_t at, T delta) {
        for (++at; at < m_tree.size(); at += at & (~at + 1)) m_tree[at] = static_cast<T>(m_tree[at] + delta);
    }

    // Sum of the first `count` values.
    [[nodiscard]] T prefix(std::size_t count) const {
        T sum = 0;
        for (; count != 0; count &= count - 1) sum = static_cast<T>(sum + m_tree[count]);
        return sum;
    }

private:
    std::vector<T> m_tree;
};

// A growing set of numbers below `size` that counts its members below a given number. It takes 3/16 byte a
// number, one bit and a Fenwick tree over the words, so that sets of millions of numbers fit the second-level
// cache.
class RankSet {
public:
    explicit RankSet(std::size_t size) : m_words(size / 64 + 1), m_counts(size / 64 + 1) {}

    // `number` must not be a member yet.
    void insert(std::uint32_t number) {
        m_words[number / 64] |= std::uint64_t{1} << (number % 64);
        m_counts.add(number / 64, 1);
    }

    [[nodiscard]] bool contains(std::uint32_t number) const {
        return (m_words[number / 64] >> (number % 64) & 1) != 0;
    }

    // Members smaller than `number`.
    [[nodiscard]] std::uint32_t below(std::uint32_t number) const {
        const std::uint64_t lower = m_words[number / 64] & ((std::uint64_t{1} << (number % 64)) - 1);
        return m_counts.prefix(number / 64) + static_cast<std::uint32_t>(std::popcount(lower));
    }

private:
    std::vector<std::uint64_t> m_words;
    Fenwick<std::uint32_t> m_counts;
};

}  // namespace snapq::timeline
