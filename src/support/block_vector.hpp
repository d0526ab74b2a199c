// A vector that grows in fixed blocks. Appending never copies existing elements and never doubles the memory.
// Columns of millions of events are stored in it. It needs the memory of the elements plus at most one block.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace snapq {

// `T` must be trivially copyable. An access by index takes two loads. Several threads may read at the same
// time, but not while one of them appends or resizes.
template <typename T, std::size_t BlockBits = 14>
class BlockVector {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    static constexpr std::size_t k_block = std::size_t{1} << BlockBits;

    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }

    [[nodiscard]] T operator[](std::size_t i) const { return m_blocks[i >> BlockBits][i & (k_block - 1)]; }
    [[nodiscard]] T& operator[](std::size_t i) { return m_blocks[i >> BlockBits][i & (k_block - 1)]; }
    [[nodiscard]] T& back() { return (*this)[m_size - 1]; }

    void push_back(T value) {
        if ((m_size >> BlockBits) == m_blocks.size()) add_block();
        m_blocks[m_size >> BlockBits][m_size & (k_block - 1)] = value;
        ++m_size;
    }

    // Appends copies of `value`, or removes elements and unused blocks from the end.
    void resize(std::size_t size, T value = T{}) {
        while (m_size < size) push_back(value);
        m_size = size;
        m_blocks.resize((size + k_block - 1) >> BlockBits);
    }

    // A copy. Not a constructor, so that no column of millions is copied by mistake.
    [[nodiscard]] BlockVector clone() const {
        BlockVector copy;
        copy.m_size = m_size;
        for (std::size_t done = 0; done < m_size; done += k_block) {
            copy.add_block();
            std::copy_n(m_blocks[done >> BlockBits].get(), std::min(k_block, m_size - done),
                        copy.m_blocks.back().get());
        }
        return copy;
    }

    void clear() {
        m_blocks.clear();
        m_blocks.shrink_to_fit();
        m_size = 0;
    }

private:
    void add_block() { m_blocks.push_back(std::make_unique_for_overwrite<T[]>(k_block)); }

    std::vector<std::unique_ptr<T[]>> m_blocks;
    std::size_t m_size = 0;
};

}  // namespace snapq
