// Sums of bytes that cannot overflow: 2^32 elements of 2^63 bytes fit, so no file can exceed them. For sums
// from which something is subtracted later; where values are only added, saturating_add is enough.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace snapq::timeline {

__extension__ using WideBytes = __int128;

// The nearest signed 64-bit value, which is the range of integers in the database.
[[nodiscard]] constexpr std::int64_t saturated(WideBytes bytes) {
    constexpr WideBytes k_low = std::numeric_limits<std::int64_t>::min();
    constexpr WideBytes k_high = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(bytes, k_low, k_high));
}

// The smallest size that a request occupies: the caching allocator rounds sizes up to multiples of 512 bytes.
[[nodiscard]] constexpr WideBytes rounded_up(std::int64_t requested) {
    constexpr WideBytes k_unit = 512;
    return (WideBytes{requested} + k_unit - 1) / k_unit * k_unit;
}

}  // namespace snapq::timeline
