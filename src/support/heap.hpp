// The heap as a whole.
#pragma once

#include <cstdint>

namespace snapq {

// Calls of operator new since the start, all threads, for `--stats` and the benchmarks. Always 0 in sanitizer
// builds, which bring their own operator new.
[[nodiscard]] std::uint64_t heap_allocation_count();

// Gives pages that hold nothing any more back to the system. Worth it after a phase that freed hundreds of
// MiB: what the next phase needs in large pieces does not fit into the gaps, and both would count. Does
// nothing where the C library has no such call.
void return_free_memory();

}  // namespace snapq
