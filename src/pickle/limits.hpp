// Ceilings of the decoder. Each grows with the input or lies far above what any pickler writes, so that
// honest files of any size pass while a hostile one cannot use more memory than a small multiple of its own
// size.
#pragma once

#include <cstddef>
#include <cstdint>

namespace snapq::pickle {

// Containers that are open at once: the depth of nesting, and up to 1000 unfilled ones a level.
inline constexpr std::size_t k_open_containers = 100'000;

// MARKs that are open at once: depth of nesting (8 in a snapshot).
inline constexpr std::size_t k_open_marks = 100'000;

// Both picklers number memo entries without gaps; an optimised pickle may have some.
inline constexpr std::uint64_t k_memo_gap = std::uint64_t{1} << 20;

// The shortest object that CPython memoizes is an empty list: two bytes with the opcode that stores it.
[[nodiscard]] constexpr std::uint64_t memo_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 20) + bytes_read / 2;
}

// Numbers, bytes and globals in the memo, where no pickler of a snapshot puts them.
[[nodiscard]] constexpr std::uint64_t wide_memo_limit(std::uint64_t bytes_read) {
    return (std::uint64_t{1} << 16) + bytes_read / 8;
}

// Numbers, globals and texts of protocol 0 stand on a line. A text may have six bytes for one of its own, and
// is cut at k_longest_text.
inline constexpr std::size_t k_number_line = 4096;
inline constexpr std::size_t k_global_line = 4096;
inline constexpr std::size_t k_text_line = std::size_t{1} << 24;

// numpy dtypes ("f8", "<i4"): a pickler makes one for each kind of number and fetches it afterwards.
inline constexpr std::size_t k_dtype_name = 64;
inline constexpr std::size_t k_most_dtypes = 65'536;

// LONG1 and LONG4: 9 bytes are an unsigned 64-bit number, what is longer is kept as a rounded real.
inline constexpr std::uint64_t k_long_bytes = 16;

}  // namespace snapq::pickle
