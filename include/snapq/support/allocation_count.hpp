// How often the program asked the heap for memory, for `--stats` and the benchmarks.
#pragma once

#include <cstdint>

namespace snapq {

// Calls of operator new since the start, all threads. Always 0 in sanitizer builds, which bring their own
// operator new.
[[nodiscard]] std::uint64_t heap_allocation_count();

}  // namespace snapq
