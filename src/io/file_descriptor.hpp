// The owner of one open file descriptor, and transfers that complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "support/bytes.hpp"

namespace snapq::io {

// Closes its descriptor. Movable, not copyable; -1 means that there is none.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : m_fd(fd) {}
    Fd(Fd&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            reset();
            m_fd = std::exchange(other.m_fd, -1);
        }
        return *this;
    }
    ~Fd() { reset(); }

    [[nodiscard]] int get() const { return m_fd; }
    [[nodiscard]] explicit operator bool() const { return m_fd >= 0; }
    [[nodiscard]] int release() { return std::exchange(m_fd, -1); }
    void reset();

private:
    int m_fd = -1;
};

// Both write every byte or throw SystemError("cannot write NAME", errno). They continue after a signal and
// after a short transfer. Offsets are in bytes from the start of the file.
void write_fully(int fd, std::string_view bytes, const std::string& name);
void write_fully_at(int fd, std::uint64_t offset, std::string_view bytes, const std::string& name);

// Fills `into` with the bytes from `offset` on. Returns fewer bytes only at the end of the file. Throws
// SystemError("cannot read NAME", errno).
std::size_t read_fully_at(int fd, std::uint64_t offset, std::span<char> into, const std::string& name);

// Size of a regular file in bytes. Throws SystemError.
[[nodiscard]] std::uint64_t file_size(int fd);

// Throws the error of an open(2) that failed: SystemError when this process or the system has no descriptor
// or memory left, which is no fault of the file; else InputError "PATH: WHAT: reason", with WHAT such as
// "cannot open".
[[noreturn]] void throw_not_opened(const std::string& path, const std::string& what, int errno_value);

// read(2) and pread(2), repeated when a signal interrupts them. On failure they return a negative number and
// set errno.
std::ptrdiff_t read_some(int fd, std::span<char> into);
std::ptrdiff_t read_some_at(int fd, std::uint64_t offset, std::span<char> into);

// Writes to an open file. The owner of the file closes and publishes it.
class FdSink final : public ByteSink {
public:
    // `name` is the name of the output in error messages.
    FdSink(int fd, std::string name) : m_fd(fd), m_name(std::move(name)) {}

    void write(std::string_view bytes) override { write_fully(m_fd, bytes, m_name); }

private:
    int m_fd;
    std::string m_name;
};

}  // namespace snapq::io
