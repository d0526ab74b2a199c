// Sums of bytes that cannot overflow, whatever sizes a hostile file claims: 2^32 elements of 2^63 bytes fit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace snapq::timeline {

__extension__ using WideBytes = __int128;

// The nearest signed 64-bit value, which is what the database holds.
[[nodiscard]] constexpr std::int64_t saturated(WideBytes bytes) {
    constexpr WideBytes k_low = std::numeric_limits<std::int64_t>::min();
    constexpr WideBytes k_high = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::clamp(bytes, k_low, k_high));
}

// What a request occupies at least: the caching allocator hands out multiples of 512 bytes
// (snapshot-format 5.3).
[[nodiscard]] constexpr WideBytes rounded_up(std::int64_t requested) {
    constexpr WideBytes k_unit = 512;
    return (WideBytes{requested} + k_unit - 1) / k_unit * k_unit;
}

}  // namespace snapq::timeline
