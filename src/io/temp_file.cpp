#include "io/temp_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "io/cleanup.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr mode_t k_private_mode = 0600;

// The file has a name only until it is unlinked.
Fd open_and_unlink(const std::string& directory) {
    std::string path = directory + "/.snapq-XXXXXX";
    const CleanupHeld until_unlinked;
    Fd fd(::mkostemp(path.data(), O_CLOEXEC));
    if (!fd || ::unlink(path.c_str()) == 0) return fd;
    // A file that cannot be unlinked is not used, because it would remain on the disk.
    const int why = errno;
    fd = Fd();
    errno = why;
    return fd;
}

}  // namespace

std::string temporary_directory() {
    const char* named = ::getenv("TMPDIR");
    return named != nullptr && *named != '\0' ? named : "/tmp";
}

TempFile::TempFile(const std::string& directory, TemporaryStyle style)
    : m_name("a temporary file in " + directory) {
    const int flags = O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC;
    if (style == TemporaryStyle::automatic) m_fd = Fd(::open(directory.c_str(), flags, k_private_mode));
    const bool needs_name =
        style == TemporaryStyle::named || errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    if (!m_fd && needs_name) m_fd = open_and_unlink(directory);
    if (!m_fd) throw SystemError("cannot make " + m_name, errno);
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
