// The share of cases that exhaustive tests run. Sanitizers make programs many times slower, so such builds
// run fewer cases.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace snapq::tests {

// Exhaustive tests run every n-th case. n comes from the environment variable SNAPQ_TEST_SAMPLE, which the
// presets set; without it, n is 1.
inline std::size_t sample_divisor() {
    const char* text = std::getenv("SNAPQ_TEST_SAMPLE");
    return text == nullptr ? 1 : std::max<std::size_t>(1, std::strtoull(text, nullptr, 10));
}

}  // namespace snapq::tests
