#include "io/file_descriptor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "support/error.hpp"

namespace snapq::io {
namespace {

// Repeats `transfer` (a read or write of one piece) when a signal interrupted it.
template <typename Transfer>
std::ptrdiff_t retried(Transfer transfer) {
    std::ptrdiff_t count = 0;
    do {
        count = transfer();
    } while (count < 0 && errno == EINTR);
    return count;
}

template <typename WriteSome>
void write_all(std::string_view bytes, const std::string& name, WriteSome write_some) {
    while (!bytes.empty()) {
        const std::ptrdiff_t count = retried([&] { return write_some(bytes); });
        // A write to a regular file never returns 0 for a non-empty piece. This check prevents an endless
        // loop on a faulty file system.
        if (count <= 0) throw SystemError("cannot write " + name, count < 0 ? errno : EIO);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

void Fd::reset() {
    if (m_fd >= 0) ::close(m_fd);
    m_fd = -1;
}

void write_fully(int fd, std::string_view bytes, const std::string& name) {
    write_all(bytes, name, [fd](std::string_view rest) { return ::write(fd, rest.data(), rest.size()); });
}

void write_fully_at(int fd, std::uint64_t offset, std::string_view bytes, const std::string& name) {
    const std::size_t total = bytes.size();
    write_all(bytes, name, [&](std::string_view rest) {
        return ::pwrite(fd, rest.data(), rest.size(), static_cast<off_t>(offset + (total - rest.size())));
    });
}

std::size_t read_fully_at(int fd, std::uint64_t offset, std::span<char> into, const std::string& name) {
    std::size_t filled = 0;
    while (filled < into.size()) {
        const std::ptrdiff_t count = read_some_at(fd, offset + filled, into.subspan(filled));
        if (count < 0) throw SystemError("cannot read " + name, errno);
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    return filled;
}

std::uint64_t file_size(int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) throw SystemError("cannot read the size of a file", errno);
    return static_cast<std::uint64_t>(status.st_size);
}

void throw_not_opened(const std::string& path, const std::string& what, int errno_value) {
    const bool is_shortage = errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM;
    if (is_shortage) throw SystemError("cannot open " + path, errno_value);
    throw InputError(path, what + ": " + std::generic_category().message(errno_value));
}

std::ptrdiff_t read_some(int fd, std::span<char> into) {
    return retried([&] { return ::read(fd, into.data(), into.size()); });
}

std::ptrdiff_t read_some_at(int fd, std::uint64_t offset, std::span<char> into) {
    return retried([&] { return ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset)); });
}

}  // namespace snapq::io
