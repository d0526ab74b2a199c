// Parquet's RLE/bit-packing hybrid encoding, for small numbers that repeat: definition levels and indexes
// into a dictionary.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace snapq::parquet {

// The number of bits for values up to `largest`; at least 1, because not every reader accepts 0.
[[nodiscard]] unsigned bit_width(std::uint32_t largest);

// Appends the values, each below 2^width, where width is 1 to 32. Eight or more equal values become an RLE
// run, all others become bit-packed groups of eight. The last group is padded with zeros, which readers skip
// because they know the number of values.
void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width);

}  // namespace snapq::parquet
