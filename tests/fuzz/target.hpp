// What the fuzz targets share. A target is one function: bytes in, and the only way out is to return.
//
// InputError is the documented outcome for bytes that cannot be used; whatever else a target lets escape
// (another exception, a signal, a sanitizer's report, a hang, too much memory) is a finding.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "snapq/io/file_descriptor.hpp"
#include "snapq/support/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace snapq::fuzz {

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// Ends the process the way a sanitizer would when a promise does not hold.
inline void require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

// Runs `work`; false when it refused the input.
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

// Bytes under a path, without a disk.
class MemoryFile {
public:
    explicit MemoryFile(std::string_view bytes) : m_fd(::memfd_create("snapq-fuzz", MFD_CLOEXEC)) {
        io::write_fully(m_fd.get(), bytes, "a file in memory");
    }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(m_fd.get()); }

private:
    io::Fd m_fd;
};

}  // namespace snapq::fuzz
