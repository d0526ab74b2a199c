// How much of a test that tries everything a build tries: sanitizers make programs many times slower.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace snapq::tests {

// Such tests take every n-th of their cases. The environment variable SNAPQ_TEST_SAMPLE, set by the presets;
// 1 without.
inline std::size_t sample_divisor() {
    const char* text = std::getenv("SNAPQ_TEST_SAMPLE");
    return text == nullptr ? 1 : std::max<std::size_t>(1, std::strtoull(text, nullptr, 10));
}

}  // namespace snapq::tests
