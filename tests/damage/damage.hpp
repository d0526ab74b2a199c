// Damages a file at every place: cuts it there, flips one bit, or flips all bits. The places are the same in
// every run.
//
// A large file is damaged at evenly spread places, and at each place near both ends. The environment variable
// SNAPQ_TEST_SAMPLE (default 1) divides the number of places; use it for slow builds.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/sample.hpp"

namespace snapq::tests {

// Number of bytes at each end of a file that are all damaged, independent of SNAPQ_TEST_SAMPLE.
inline constexpr std::size_t k_dense_ends = 32;

// Ascending places in [0, size): all of them, or about `most`. SNAPQ_TEST_SAMPLE divides their number.
inline std::vector<std::size_t> places(std::size_t size, std::size_t most) {
    const std::size_t wanted = std::max<std::size_t>(1, std::min(size, most) / sample_divisor());
    std::set<std::size_t> chosen;
    for (std::size_t i = 0; i < std::min(size, k_dense_ends); ++i) {
        chosen.insert(i);
        chosen.insert(size - 1 - i);
    }
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t first = i * size / wanted;
        const std::size_t next = std::max(first + 1, (i + 1) * size / wanted);
        // Varies the place, so that records of equal length are not always damaged at the same byte.
        if (first < size) chosen.insert(first + i * 7919 % (next - first));
    }
    return {chosen.begin(), chosen.end()};
}

inline std::string cut(std::string_view good, std::size_t at) {
    return std::string(good.substr(0, at));
}
inline std::string one_bit_flipped(std::string_view good, std::size_t at) {
    std::string bytes(good);
    bytes[at] = static_cast<char>(bytes[at] ^ 1 << (at * 5 + 3) % 8);
    return bytes;
}
inline std::string all_bits_flipped(std::string_view good, std::size_t at) {
    std::string bytes(good);
    bytes[at] = static_cast<char>(~bytes[at]);
    return bytes;
}

// The highest memory of this process so far.
inline std::int64_t peak_memory_kib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

// Sanitizers use extra memory, so the limits on memory do not hold with them.
constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

}  // namespace snapq::tests
