// Ceilings of the decoder. Each grows with the input or lies far above what any pickler writes, so that
// honest files of any size pass while a hostile one cannot use more memory than a small multiple of its own
// size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace snapq::pickle {

// CPython puts at most 1000 items above a MARK; the C++ pickler puts all, at least 16 bytes of file each.
// The same holds for the keys and values of one dict, which have 16 bytes of file each when there are many.
[[nodiscard]] constexpr std::uint64_t stack_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 20) + bytes_read / 16;
}

// Containers that are open at once: the depth of nesting, and up to 1000 unfilled ones a level.
inline constexpr std::size_t k_open_containers = 100'000;

// MARKs that are open at once: depth of nesting (8 in a snapshot).
inline constexpr std::size_t k_open_marks = 100'000;

// Both picklers number memo entries without gaps; an optimised pickle may have some.
inline constexpr std::uint64_t k_memo_gap = std::uint64_t{1} << 20;

// Numbers and globals of protocol 0 stand on a line of text.
inline constexpr std::size_t k_number_line = 4096;
inline constexpr std::size_t k_global_line = 4096;
inline constexpr std::size_t k_text_line = std::size_t{1} << 26;

// LONG1 and LONG4: 9 bytes are an unsigned 64-bit number, what is longer is kept as a rounded real.
inline constexpr std::uint64_t k_long_bytes = 16;

}  // namespace snapq::pickle
