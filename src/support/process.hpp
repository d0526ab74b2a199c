// The resources that the process has used, and a call that shrinks its heap.
#pragma once

#include <cstdint>

namespace snapq {

// Figures of the kernel; 0 for a figure that it does not report.
struct ProcessUsage {
    double wall_seconds = 0;       // since an arbitrary start, monotonic
    double cpu_seconds = 0;        // user and system time of all threads
    std::uint64_t rss_bytes = 0;   // VmRSS
    std::uint64_t peak_bytes = 0;  // VmHWM
};

[[nodiscard]] ProcessUsage process_usage();

// Gives unused pages of the heap back to the system. Useful after a phase that freed hundreds of MiB: the
// large blocks of the next phase do not fit into the gaps, so the process would hold both. Does nothing when
// the C library has no such call.
void return_free_memory();

}  // namespace snapq
