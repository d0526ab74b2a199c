#include "io/temporaries.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "io/cleanup.hpp"
#include "io/output_path.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

// `create` creates and opens the name. EEXIST means that another name must be tried.
template <typename Create>
NamedTemporary create_temporary(const OutputPath& output, Create create, RegisteredTemporary::Type type) {
    for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
        std::string name = output.temporary_name(attempt);
        const CleanupHeld until_registered;
        Fd fd = create(name);
        if (!fd && errno == EEXIST) continue;
        if (!fd) fail_writing(output.target, errno);
        // Before the lock was set, another run may have taken the temporary for a leftover and removed it, or
        // it may be about to remove it.
        if (!try_lock(fd.get()) || !is_same_file(fd.get(), output.directory.get(), name)) continue;
        RegisteredTemporary registration(output.directory.get(), name, type);
        return {std::move(fd), std::move(name), std::move(registration)};
    }
    fail_writing(output.target, EEXIST);
}

}  // namespace

NamedTemporary create_temporary_file(const OutputPath& output) {
    const auto create = [&](const std::string& name) {
        return Fd(::openat(output.directory.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                           k_file_mode));
    };
    return create_temporary(output, create, RegisteredTemporary::Type::file);
}

NamedTemporary create_temporary_directory(const OutputPath& output) {
    const auto create = [&](const std::string& name) {
        if (::mkdirat(output.directory.get(), name.c_str(), k_directory_mode) != 0) return Fd();
        Fd fd = open_directory(output.directory.get(), name);
        if (fd && names_in(fd.get()).empty() && errno == 0) return fd;
        // ENOENT: another run removed it before it could be opened. 0: where others may rename, it may be
        // another directory by now, and its files are not ours.
        if (errno == 0 || errno == ENOENT) {
            errno = EEXIST;
            return Fd();
        }
        const int why = errno;
        ::unlinkat(output.directory.get(), name.c_str(), AT_REMOVEDIR);
        errno = why;
        return Fd();
    };
    return create_temporary(output, create, RegisteredTemporary::Type::directory);
}

void check_not_exchanged(int fd, const OutputPath& output, const std::string& temporary) {
    if (is_same_file(fd, output.directory.get(), temporary)) return;
    throw SystemError(
        fmt::format("cannot write {}: another process has removed or exchanged its temporary {}",
                    output.target, temporary));
}

bool try_lock(int fd) {
    // Without locks (some network file systems), other runs do not remove our temporaries, so no lock is
    // needed.
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

namespace {

// Whether the name consists of the prefix, a number and the suffix.
bool is_hidden_name(std::string_view name, std::string_view prefix, std::string_view suffix) {
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix)) {
        return false;
    }
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    return name.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_unfinished(int directory) {
    return is_plain_file(directory, std::string(k_unfinished_mark));
}

// Opens a file or directory of ours that no process has locked. Opens nothing on a file system without locks,
// where another run may still use it. A FIFO or a device is not even opened.
Fd open_abandoned(int directory, const std::string& name) {
    struct stat found {};
    const auto is_candidate = [&] {
        return found.st_uid == ::geteuid() && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
    };
    if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !is_candidate()) return Fd();
    Fd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    const bool is_ours = fd && ::fstat(fd.get(), &found) == 0 && is_candidate() &&
                         ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && is_same_file(fd.get(), directory, name);
    return is_ours ? std::move(fd) : Fd();
}

bool is_directory(int fd) {
    struct stat found {};
    return ::fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
}

// Removes a directory of ours that has the name of a leftover. Where others may rename, that name proves
// nothing.
void remove_leftover_directory(int directory, const OutputPath& output, const std::string& name) noexcept {
    const int parent = output.directory.get();
    if (!others_may_rename(parent) || is_unfinished(directory)) {
        remove_flat_directory(directory, parent, name);
    } else {
        remove_same_directory(directory, parent, name);  // does nothing unless it is empty
    }
}

bool exists(int directory, const std::string& name) {
    return ::faccessat(directory, name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// Renames unless there is something at the new name. Where the file system lacks that operation, a plain
// rename can still replace only an empty directory.
bool rename_directory(int parent, const std::string& from, const std::string& to) {
    if (::renameat2(parent, from.c_str(), parent, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    return (errno == EINVAL || errno == ENOSYS) && ::renameat(parent, from.c_str(), parent, to.c_str()) == 0;
}

// Calls `deal_with(fd, name)` for each abandoned name with the suffix.
template <typename Action>
void for_abandoned(const OutputPath& output, std::string_view suffix, Action deal_with) {
    const std::string prefix = temporary_prefix(output);
    for (const std::string& name : names_in(output.directory.get())) {
        if (!is_hidden_name(name, prefix, suffix)) continue;
        const Fd fd = open_abandoned(output.directory.get(), name);
        if (fd) deal_with(fd.get(), name);
    }
}

}  // namespace

void remove_stale_temporaries(const OutputPath& output) noexcept {
    for_abandoned(output, k_temporary_suffix, [&](int fd, const std::string& name) {
        if (is_directory(fd)) {
            remove_leftover_directory(fd, output, name);
        } else {
            remove_same_file(fd, output.directory.get(), name);
        }
    });
}

void restore_directory_put_aside(const OutputPath& output,
                                 const std::function<bool(int directory)>& is_ours) noexcept {
    for_abandoned(output, k_aside_suffix, [&](int fd, const std::string& name) {
        const int parent = output.directory.get();
        if (!is_directory(fd)) return;
        if (is_ours(fd) && rename_directory(parent, name, output.name)) return;
        if (exists(parent, output.name)) remove_leftover_directory(fd, output, name);
    });
}

void remove_flat_directory(int directory, int parent, const std::string& name) noexcept {
    std::vector<std::string> files = names_in(directory);
    const auto is_plain = [&](const std::string& file) { return is_plain_file(directory, file); };
    if (!std::ranges::all_of(files, is_plain)) return;
    // The mark goes last, so that the rest is still a leftover if this is interrupted.
    std::partition(files.begin(), files.end(),
                   [](const std::string& file) { return file != k_unfinished_mark; });
    for (const std::string& file : files) ::unlinkat(directory, file.c_str(), 0);
    remove_same_directory(directory, parent, name);
}

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

void SpilledText::write(std::string_view bytes) {
    m_held += bytes;
    if (m_held.size() <= m_most_held) return;
    if (!m_file) m_file.emplace();
    m_file->write_at(m_written, m_held);
    m_written += m_held.size();
    m_held.clear();
}

void SpilledText::copy_to(ByteSink& to) const {
    std::array<char, std::size_t{1} << 16U> buffer;
    std::uint64_t offset = 0;
    while (const std::size_t count = m_file ? m_file->read_at(offset, buffer) : 0) {
        to.write({buffer.data(), count});
        offset += count;
    }
    to.write(m_held);
}

void SpilledText::clear() {
    m_held.clear();
    m_file.reset();
    m_written = 0;
}

}  // namespace snapq::io
