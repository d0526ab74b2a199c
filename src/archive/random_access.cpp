#include "archive/random_access.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "snapq/support/error.hpp"

namespace snapq::archive {
namespace {

constexpr std::size_t k_spool_buffer = std::size_t{256} << 10;

std::string reason(int errno_value) {
    return std::generic_category().message(errno_value);
}

// SQLite looks for room in the same order; /var/tmp survives where /tmp is memory.
std::string temporary_folder() {
    for (const char* variable : {"SQLITE_TMPDIR", "TMPDIR"}) {
        if (const char* folder = std::getenv(variable); folder != nullptr && ::access(folder, W_OK) == 0)
            return folder;
    }
    return ::access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
}

int open_unnamed_file() {
    const std::string folder = temporary_folder();
    int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0) return descriptor;
    std::string name = folder + "/.snapq-XXXXXX";  // not every file system knows O_TMPFILE
    descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor < 0) throw SystemError("cannot create a temporary file in " + folder, errno);
    ::unlink(name.c_str());
    return descriptor;
}

void write_all(int descriptor, std::span<const char> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw SystemError("cannot write a temporary file in " + temporary_folder(), errno);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

}  // namespace

void check_range(const RandomAccessBytes& bytes, std::uint64_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) {
        throw_input(offset, "{} bytes are asked for where only {} are", count, bytes.size());
    }
}

FileBytes::FileBytes(const std::string& path)
    : m_name(path), m_descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (m_descriptor < 0) throw InputError(m_name, "cannot be opened: " + reason(errno));
    try {
        measure();
    } catch (...) {
        ::close(m_descriptor);
        throw;
    }
}

FileBytes::FileBytes(int descriptor, std::string name) : m_name(std::move(name)), m_descriptor(descriptor) {
    measure();
}

FileBytes::~FileBytes() {
    ::close(m_descriptor);
}

void FileBytes::measure() {
    struct stat status {};
    if (::fstat(m_descriptor, &status) != 0) throw InputError(m_name, "cannot be examined: " + reason(errno));
    if (!S_ISREG(status.st_mode)) throw InputError(m_name, "is not a regular file");
    m_size = static_cast<std::uint64_t>(status.st_size);
}

void FileBytes::read_at(std::uint64_t offset, std::span<char> into) const {
    check_range(*this, offset, into.size());
    while (!into.empty()) {
        const ssize_t got = ::pread(m_descriptor, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw InputError(m_name, "cannot be read: " + reason(errno), offset);
        if (got == 0) throw InputError(m_name, "the file became shorter while it was read", offset);
        offset += static_cast<std::uint64_t>(got);
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

BytesWindow::BytesWindow(std::shared_ptr<const RandomAccessBytes> whole, std::uint64_t offset,
                         std::uint64_t size)
    : m_whole(std::move(whole)), m_offset(offset), m_size(size) {
    if (offset > m_whole->size() || size > m_whole->size() - offset) {
        throw_input(offset, "{} bytes are announced, but the file ends after {}", size, m_whole->size());
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

std::shared_ptr<const FileBytes> spool_to_unnamed_file(ByteSource& source, const std::string& name) {
    const int descriptor = open_unnamed_file();
    try {
        std::vector<char> buffer(k_spool_buffer);
        while (const std::size_t count = source.read(buffer))
            write_all(descriptor, std::span(buffer).first(count));
        return std::make_shared<const FileBytes>(descriptor, name);
    } catch (...) {
        ::close(descriptor);
        throw;
    }
}

}  // namespace snapq::archive
