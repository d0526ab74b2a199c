#include "support/process.hpp"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <fstream>
#include <string>

namespace snapq {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// "VmRSS:     12345 kB"
std::uint64_t status_bytes(const std::string& line) {
    const std::size_t digits = line.find_first_of("0123456789");
    if (digits == std::string::npos) return 0;
    std::uint64_t kibibytes = 0;
    std::from_chars(line.data() + digits, line.data() + line.size(), kibibytes);
    return kibibytes * 1024;
}

}  // namespace

ProcessUsage process_usage() {
    ProcessUsage usage;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    usage.wall_seconds = std::chrono::duration<double>(now).count();
    rusage used{};
    if (getrusage(RUSAGE_SELF, &used) == 0)
        usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) usage.rss_bytes = status_bytes(line);
        if (line.starts_with("VmHWM:")) usage.peak_bytes = status_bytes(line);
    }
    return usage;
}

void return_free_memory() {
#ifdef __GLIBC__
#if __GLIBC_PREREQ(2, 33)
    // In bytes. Asking how much is free is much faster than giving back pages that are needed again soon.
    constexpr std::size_t k_worth_it = std::size_t{4} << 20;
    if (mallinfo2().fordblks < k_worth_it) return;
#endif
    malloc_trim(0);
#endif
}

}  // namespace snapq
