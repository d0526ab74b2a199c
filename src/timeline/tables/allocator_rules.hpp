// The rules by which PyTorch's caching allocator serves a request (c10/cuda/CUDACachingAllocator.cpp), and
// the type for sums of bytes. docs/snapshots.md explains the rules.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "snapshot/model.hpp"

namespace snapq::timeline {

// Sums of bytes that cannot overflow: 2^32 elements of 2^63 bytes fit, so no file can exceed them. For sums
// from which something is subtracted later; where values are only added, saturating_add is enough.
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

inline constexpr std::int64_t k_mebibyte = std::int64_t{1} << 20;

// A request of at most this size is served from segments for small requests, a larger one from the others.
inline constexpr std::int64_t k_largest_small_request = k_mebibyte;
// The size of a new segment: k_small_segment for a small request, k_large_segment for a larger one below
// k_least_exact_segment, and for any other its own size, rounded up to a multiple of k_small_segment.
inline constexpr std::int64_t k_small_segment = 2 * k_mebibyte;
inline constexpr std::int64_t k_large_segment = 20 * k_mebibyte;
inline constexpr std::int64_t k_least_exact_segment = 10 * k_mebibyte;
// Blocks of at least max_split_size bytes serve only requests that leave less than this of them unused.
inline constexpr std::int64_t k_largest_unsplit_rest = 20 * k_mebibyte;

struct AllocatorSettings {
    std::int64_t max_split_size = std::numeric_limits<std::int64_t>::max();
    bool expandable_segments = false;
};

// The settings in the file; for those that it lacks, the defaults of PyTorch.
[[nodiscard]] AllocatorSettings allocator_settings(const snapshot::Snapshot& snapshot);

[[nodiscard]] constexpr bool is_small_request(std::int64_t bytes) {
    return bytes <= k_largest_small_request;
}

// The unit in which expandable segments are mapped and given back.
[[nodiscard]] constexpr std::int64_t page_size(bool is_small) {
    return is_small ? k_small_segment : k_large_segment;
}

// The bytes of the new segment, or of the new pages, for a request of `bytes`, which must not be negative.
[[nodiscard]] std::int64_t new_segment_size(std::int64_t bytes, const AllocatorSettings& settings);

// Whether the pool is not the default pool. An unknown pool (`none`) counts as the default pool.
[[nodiscard]] bool is_private_pool(const snapshot::Symbols& symbols, snapshot::TextId pool);

}  // namespace snapq::timeline
