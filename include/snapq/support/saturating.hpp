// Sums of figures that come from strangers: they stop at the ends of 64 bits instead of wrapping round.
#pragma once

#include <cstdint>
#include <limits>

namespace snapq {

[[nodiscard]] inline std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] inline std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

// |a - b|
[[nodiscard]] inline std::int64_t distance_between(std::int64_t a, std::int64_t b) {
    return a > b ? saturating_subtract(a, b) : saturating_subtract(b, a);
}

}  // namespace snapq
