// Prefix sums of an array that changes: both operations are O(log n). Private to timeline.
//
// Used while a stacked timeline is built and freed afterwards. T is an integer; one thread at a time.
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

// A growing set of numbers below `size`, and how many of its members are smaller than a given one. 3/16 byte
// a number: one bit each, and a Fenwick tree over the words, small enough for the second-level cache at
// millions of numbers.
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
