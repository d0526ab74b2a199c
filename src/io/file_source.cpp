#include "io/file_source.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr const char* k_stdin_name = "stdin";

std::string errno_text(int errno_value) {
    return std::generic_category().message(errno_value);
}

Fd open_for_reading(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (fd) return fd;
    if (errno == ENOENT) throw InputError(path, "no such file");
    throw_not_opened(path, "cannot open", errno);
}

Fd stdin_for_reading() {
    if (::isatty(STDIN_FILENO) == 1) {
        UsageError error("standard input is a terminal, not a snapshot");
        error.with_hint("pipe or redirect a snapshot into snapq, or name a file");
        throw error;
    }
    return Fd(STDIN_FILENO);
}

bool same_time(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

FileSource::FileSource(const std::string& path)
    : m_name(path == "-" ? k_stdin_name : path),
      m_fd(path == "-" ? stdin_for_reading() : open_for_reading(path)) {
    inspect();
}

FileSource::~FileSource() {
    if (m_fd.get() == STDIN_FILENO) static_cast<void>(m_fd.release());
}

void FileSource::inspect() {
    if (::fstat(m_fd.get(), &m_stat) != 0) throw InputError(m_name, "cannot open: " + errno_text(errno));
    if (S_ISDIR(m_stat.st_mode)) throw InputError(m_name, "this is a directory, not a memory snapshot");
    if (!S_ISREG(m_stat.st_mode)) return;
    // Another process may have read the beginning of the file that is standard input. It is then treated like
    // a pipe.
    if (::lseek(m_fd.get(), 0, SEEK_CUR) != 0) return;
    m_size = static_cast<std::uint64_t>(m_stat.st_size);
    // Only a hint: the kernel reads further ahead. A failure has no consequence.
    static_cast<void>(::posix_fadvise(m_fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

std::size_t FileSource::read(std::span<char> into) {
    if (into.empty()) return 0;
    const std::ptrdiff_t count = read_some(m_fd.get(), into);
    if (count < 0) fail_read(m_consumed, errno);
    if (count == 0 && m_size && m_consumed < *m_size) {
        throw InputError(m_name, "the file became shorter while it was read", m_consumed);
    }
    m_consumed += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
}

std::size_t FileSource::read_at(std::uint64_t offset, std::span<char> into) const {
    const std::ptrdiff_t count = read_some_at(m_fd.get(), offset, into);
    if (count < 0) fail_read(offset, errno);
    if (count == 0) throw InputError(m_name, "the file became shorter while it was read", offset);
    return static_cast<std::size_t>(count);
}

void FileSource::fail_read(std::uint64_t offset, int errno_value) const {
    throw InputError(m_name, "cannot read: " + errno_text(errno_value), offset);
}

void FileSource::check_unchanged() const {
    struct stat now {};
    if (!m_size || ::fstat(m_fd.get(), &now) != 0) return;
    if (now.st_size == m_stat.st_size && same_time(now.st_mtim, m_stat.st_mtim)) return;
    InputError error(m_name, "the file changed while it was read");
    error.with_hint("wait until the program that writes it is done, or convert a copy");
    throw error;
}

void FileSourceBytes::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    while (!into.empty()) {
        const std::size_t count = m_file->read_at(offset, into);
        offset += count;
        into = into.subspan(count);
    }
}

}  // namespace snapq::io
