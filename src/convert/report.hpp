// What a conversion did: counts, sizes, time and memory by phase, and what the user should know.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace snapq::convert {

struct PhaseReport {
    std::string name;  // decode, replay, timeline, write
    double wall_seconds = 0;
    double cpu_seconds = 0;  // all threads
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t rss_bytes = 0;   // VmRSS at its end
    std::uint64_t peak_bytes = 0;  // VmHWM so far
};

struct ConvertReport {
    std::string input;
    std::string output;  // empty for a dry run
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;    // estimated for a dry run
    std::uint64_t timeline_bytes = 0;  // JSON text before compression; estimated for a dry run
    std::uint64_t database_bytes = 0;  // elements.db before compression; estimated for a dry run
    std::uint64_t devices = 0;
    std::uint64_t events = 0;
    std::uint64_t allocations = 0;
    std::uint64_t stacks = 0;
    std::uint64_t points = 0;
    std::uint64_t heap_allocations = 0;  // of the whole process so far
    std::vector<PhaseReport> phases;
    std::vector<std::string> warnings;  // one sentence each
};

}  // namespace snapq::convert
