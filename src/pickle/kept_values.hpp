// How many values a reader holds for containers that are still open, wherever they are nested.
#pragma once

#include <cstddef>
#include <cstdint>

#include "support/error.hpp"

namespace snapq::pickle {

// CPython puts at most 1000 items above a MARK; the C++ pickler puts all, at least 16 bytes of file each.
// The same holds for what a container keeps until it is complete: blocks, segments and annotations have more
// bytes of file than that, and the frames of one stack are few.
[[nodiscard]] constexpr std::uint64_t stack_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 20) + bytes_read / 16;
}

class KeptValues {
public:
    // Throws InputError when so few bytes as stand before `offset` hold no honest file with so many.
    void add(std::size_t count, std::uint64_t offset) {
        m_count += count;
        if (m_count > stack_limit(offset)) {
            throw_input(offset,
                        "open containers hold {} values, more than any pickler writes in so few bytes",
                        m_count);
        }
    }
    void remove(std::size_t count) { m_count -= count; }

private:
    std::uint64_t m_count = 0;
};

}  // namespace snapq::pickle
