#include "io/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr std::size_t k_spool_buffer = std::size_t{256} << 10;

std::string reason(int errno_value) {
    return std::generic_category().message(errno_value);
}

io::Fd opened(const std::string& path) {
    io::Fd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) throw_not_opened(path, "cannot be opened", errno);
    return descriptor;
}

class SpooledBytes final : public RandomAccessBytes {
public:
    explicit SpooledBytes(ByteSource& source) {
        std::vector<char> buffer(k_spool_buffer);
        while (const std::size_t count = source.read(buffer)) {
            m_file.write_at(m_size, std::string_view(buffer.data(), count));
            m_size += count;
        }
    }

    [[nodiscard]] std::uint64_t size() const override { return m_size; }
    void read_at(std::uint64_t offset, std::span<char> into) const override {
        check_range(*this, offset, into.size());
        if (m_file.read_at(offset, into) != into.size()) throw SystemError("a temporary file became shorter");
    }

private:
    io::TempFile m_file;
    std::uint64_t m_size = 0;
};

}  // namespace

void check_range(const RandomAccessBytes& bytes, std::uint64_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) {
        throw_input(offset, "{} bytes are needed from here on, but all bytes together are only {}", count,
                    bytes.size());
    }
}

FileBytes::FileBytes(const std::string& path) : FileBytes(opened(path), path) {}

FileBytes::FileBytes(Fd file, std::string name) : m_name(std::move(name)), m_descriptor(std::move(file)) {
    struct stat status {};
    if (::fstat(m_descriptor.get(), &status) != 0)
        throw InputError(m_name, "cannot be examined: " + reason(errno));
    if (!S_ISREG(status.st_mode)) throw InputError(m_name, "is not a regular file");
    m_size = static_cast<std::uint64_t>(status.st_size);
}

void FileBytes::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    while (!into.empty()) {
        const std::ptrdiff_t got = io::read_some_at(m_descriptor.get(), offset, into);
        if (got < 0) throw InputError(m_name, "cannot be read: " + reason(errno), offset);
        if (got == 0) throw InputError(m_name, "became shorter while it was read", offset);
        offset += static_cast<std::uint64_t>(got);
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

BytesWindow::BytesWindow(std::shared_ptr<const RandomAccessBytes> whole, std::uint64_t offset,
                         std::uint64_t size)
    : m_whole(std::move(whole)), m_offset(offset), m_size(size) {
    if (offset > m_whole->size() || size > m_whole->size() - offset) {
        throw_input(offset, "truncated: {} bytes are expected, but the file ends after {}", size,
                    m_whole->size());
    }
}

void BytesWindow::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    m_whole->read_at(m_offset + offset, into);
}

std::size_t ForwardBytes::read(std::span<char> into) {
    const std::uint64_t left = m_bytes->size() - m_offset;
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, into.size()));
    m_bytes->read_at(m_offset, into.first(count));
    m_offset += count;
    return count;
}

std::shared_ptr<const RandomAccessBytes> spool_to_unnamed_file(ByteSource& source) {
    return std::make_shared<const SpooledBytes>(source);
}

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
