// Counts the calls of operator new in a benchmark.
#pragma once

#include <cstdint>

namespace snapq::bench {

// Calls since the start, of all threads. Always 0 in sanitizer builds, which have an operator new of their
// own.
[[nodiscard]] std::uint64_t heap_allocation_count();

}  // namespace snapq::bench
