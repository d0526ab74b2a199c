// What a conversion did: counts, sizes, time and memory by phase, and what the user should know.
// Filled by convert, printed by render.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::report {

struct PhaseReport {
    std::string name;  // decode, replay, then write, or estimate in a dry run
    double wall_seconds = 0;
    double cpu_seconds = 0;  // of all threads
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t rss_bytes = 0;   // VmRSS at the end of the phase
    std::uint64_t peak_bytes = 0;  // VmHWM so far
};

// Sizes are in bytes. In a dry run, output_bytes, timeline_bytes and database_bytes are estimates.
struct ConvertReport {
    UntrustedText input;
    UntrustedText output;  // empty in a dry run
    // Nothing was converted, because the archive was up to date: only `input`, `output` and `key` are set.
    bool kept = false;
    // Where the snapshot was in the input's dicts and lists, such as "rank0"; empty for the whole input.
    UntrustedText key;
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;
    std::uint64_t timeline_bytes = 0;  // JSON text before compression
    std::uint64_t database_bytes = 0;  // elements.db before compression
    std::uint64_t devices = 0;
    std::uint64_t events = 0;
    std::uint64_t allocations = 0;
    std::uint64_t stacks = 0;
    std::uint64_t points = 0;
    std::vector<PhaseReport> phases;
    std::vector<UntrustedText> warnings;  // one sentence each
};

}  // namespace snapq::report
