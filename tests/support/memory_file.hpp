// A path to bytes in memory.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"

namespace snapq::tests {

class MemoryFile {
public:
    explicit MemoryFile(std::string_view bytes) : m_fd(::memfd_create("snapq-test", MFD_CLOEXEC)) {
        io::write_fully(m_fd.get(), bytes, "a file in memory");
    }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(m_fd.get()); }

private:
    io::Fd m_fd;
};

}  // namespace snapq::tests
