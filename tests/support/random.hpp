// Random numbers for tests and benchmarks.
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace snapq::tests {

// A generator of small numbers, which are the same on every machine.
class Random {
public:
    explicit Random(std::uint32_t seed) : m_engine(seed) {}
    std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(m_engine() % limit); }
    std::uint64_t word() { return std::uint64_t{m_engine()} << 32 | m_engine(); }

    template <typename T>
    void shuffle(std::vector<T>& items) {
        for (auto n = static_cast<std::uint32_t>(items.size()); n > 1; --n)
            std::swap(items[n - 1], items[below(n)]);
    }

private:
    std::mt19937 m_engine;
};

}  // namespace snapq::tests
