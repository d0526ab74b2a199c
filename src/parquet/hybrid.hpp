// Parquet's hybrid of runs and packed bits, for small numbers that repeat: definition levels, and the indexes
// of a dictionary.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace snapq::parquet {

// Bits that hold every number up to `largest`; at least 1, because not every reader takes 0.
[[nodiscard]] unsigned bit_width(std::uint32_t largest);

// Appends the values, each below 2^width, where width is 1 to 32. Eight or more equal values become a run,
// all others groups of eight packed values; the last group is filled up with zeros, which readers skip
// because they know the number of values.
void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width);

}  // namespace snapq::parquet
