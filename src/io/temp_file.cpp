#include "io/temp_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>

#include "io/cleanup.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr mode_t k_private_mode = 0600;
constexpr int k_most_names = 1000;

// The file has a name only until it is unlinked.
Fd open_and_unlink(int directory) {
    std::random_device random;
    const CleanupHeld until_unlinked;
    for (int attempt = 0; attempt < k_most_names; ++attempt) {
        const std::string name = fmt::format(".snapq-{:08x}", random());
        Fd fd(::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, k_private_mode));
        if (!fd && errno == EEXIST) continue;
        if (!fd || ::unlinkat(directory, name.c_str(), 0) == 0) return fd;
        // A file that cannot be unlinked is not used, because it would remain on the disk.
        const int why = errno;
        fd = Fd();
        errno = why;
        return fd;
    }
    return Fd();
}

}  // namespace

std::string temporary_directory() {
    const char* named = ::getenv("TMPDIR");
    return named != nullptr && *named != '\0' ? named : "/tmp";
}

TempFile::TempFile(const std::string& directory, TemporaryStyle style)
    : m_name("a temporary file in " + directory) {
    const Fd opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!opened) throw SystemError("cannot make " + m_name, errno);
    open_in(opened.get(), style);
}

TempFile::TempFile(int directory, const std::string& directory_name, TemporaryStyle style)
    : m_name("a temporary file in " + directory_name) {
    open_in(directory, style);
}

void TempFile::open_in(int directory, TemporaryStyle style) {
    const int flags = O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC;
    if (style == TemporaryStyle::automatic) m_fd = Fd(::openat(directory, ".", flags, k_private_mode));
    const bool needs_name =
        style == TemporaryStyle::named || errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    if (!m_fd && needs_name) m_fd = open_and_unlink(directory);
    if (!m_fd) throw SystemError("cannot make " + m_name, errno);
}

Fd TempFile::duplicate() const {
    Fd copy(::fcntl(m_fd.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) throw SystemError("cannot read " + m_name, errno);
    return copy;
}

std::string TempFile::path() const {
    return fmt::format("/proc/self/fd/{}", m_fd.get());
}

std::uint64_t TempFile::size() const {
    struct stat found {};
    if (::fstat(m_fd.get(), &found) != 0) throw SystemError("cannot read " + m_name, errno);
    return static_cast<std::uint64_t>(found.st_size);
}

void TempFile::resize(std::uint64_t size) {
    if (::ftruncate(m_fd.get(), static_cast<off_t>(size)) != 0)
        throw SystemError("cannot write " + m_name, errno);
}

void TempFile::write_at(std::uint64_t offset, std::string_view bytes) {
    write_fully_at(m_fd.get(), offset, bytes, m_name);
}

std::size_t TempFile::read_at(std::uint64_t offset, std::span<char> into) const {
    return read_fully_at(m_fd.get(), offset, into, m_name);
}

}  // namespace snapq::io
