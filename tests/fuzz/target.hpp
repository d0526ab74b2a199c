// Shared by the fuzz targets. A target is a function that takes bytes and must return.
//
// InputError is the documented result for unusable bytes, and the target handles it. Any other exception, a
// signal, a sanitizer's report, a hang or too much memory is a finding.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/error.hpp"
#include "support/memory_file.hpp"

// SNAPQ_FUZZ_TARGET(name, data, size) { … return 0; } defines a target. With libFuzzer it is the function
// that libFuzzer calls; in all other builds it is an entry in the list of the program replay_seeds
// (replay.hpp).
#ifdef SNAPQ_LIBFUZZER
#define SNAPQ_FUZZ_TARGET(name, data, size) \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#else
#include "fuzz/replay.hpp"
#define SNAPQ_FUZZ_TARGET(name, data, size)                                    \
    static int run_##name(const std::uint8_t*, std::size_t);                   \
    static const snapq::fuzz::ReplayTarget k_replay_##name(#name, run_##name); \
    static int run_##name(const std::uint8_t* data, std::size_t size)
#endif

namespace snapq::fuzz {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Aborts, so that the fuzzer reports a finding, when `holds` is false.
inline void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

// Runs `work`. Returns false when it refused the input.
template <typename Work>
bool accepts(Work&& work) {
    try {
        work();
        return true;
    } catch (const InputError& error) {
        require(!std::string_view(error.what()).empty(), "an error says something");
        return false;
    }
}

}  // namespace snapq::fuzz
