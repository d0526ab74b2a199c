// What the process has used so far, by the kernel's own accounts.
#pragma once

#include <cstdint>

namespace snapq {

struct ProcessUsage {
    double wall_seconds = 0;       // since an arbitrary start, monotonic
    double cpu_seconds = 0;        // user and system, all threads
    std::uint64_t rss_bytes = 0;   // VmRSS
    std::uint64_t peak_bytes = 0;  // VmHWM
};

[[nodiscard]] ProcessUsage process_usage();

}  // namespace snapq
