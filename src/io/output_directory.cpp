#include "io/output_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr int k_max_rivals = 1000;

bool is_taken(int errno_value) {
    return errno_value == EEXIST || errno_value == ENOTEMPTY || errno_value == ENOTDIR;
}

// Exchanges the two directories. Where the file system has no such operation, it uses a third name, and for a
// moment there is nothing at `two`. On failure, returns false with errno set, and `two` is as before.
bool exchange(const std::string& one, const std::string& two, const std::string& aside) {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), RENAME_EXCHANGE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    for (int attempt = 0; attempt < k_max_rivals; ++attempt) {
        // Locked, so that no other run takes it for a leftover.
        const Fd old(::open(two.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (old) static_cast<void>(try_lock(old.get()));
        // ENOENT: another run has just moved it aside.
        const bool is_aside = old && ::rename(two.c_str(), aside.c_str()) == 0;
        if (!is_aside && errno != ENOENT) return false;
        if (::rename(one.c_str(), two.c_str()) == 0) {
            if (is_aside && ::rename(aside.c_str(), one.c_str()) != 0) remove_flat_directory(aside);
            return true;
        }
        const int why = errno;
        // Another run has put its directory there, which is replaced next.
        if (is_taken(why)) {
            remove_flat_directory(aside);
        } else {
            static_cast<void>(::rename(aside.c_str(), two.c_str()));
            errno = why;
            return false;
        }
    }
    return false;
}

}  // namespace

OutputDirectory::OutputDirectory(const std::string& target, bool force, IsOurs is_ours)
    : m_output(std::make_unique<const OutputPath>(resolve_output(target))),
      m_force(force),
      m_is_ours(std::move(is_ours)) {
    remove_stale_temporaries(*m_output);  // first, because it may restore the target
    inspect_target();
    NamedTemporary temporary = create_temporary_directory(*m_output);
    m_lock = std::move(temporary.fd);
    m_temporary = std::move(temporary.path);
    m_registration = std::move(temporary.registration);
}

OutputDirectory::~OutputDirectory() {
    if (!m_temporary.empty()) remove_flat_directory(m_temporary);
}

void OutputDirectory::inspect_target() {
    struct stat old {};
    if (::stat(m_output->target.c_str(), &old) != 0) {
        if (errno != ENOENT) fail_writing(*m_output, errno);
        return;
    }
    if (!S_ISDIR(old.st_mode)) throw_usage("{} exists and is not a directory", m_output->target);
    std::error_code error;
    const bool is_empty = std::filesystem::is_empty(m_output->path(), error);
    if (error) fail_writing(*m_output, error.value());
    if (is_empty) return;
    if (!m_force) fail_exists(*m_output);
    check_replaceable();
    m_mode_of_old = old.st_mode & k_permission_bits;
}

void OutputDirectory::check_replaceable() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(m_output->path(), error)) {
        const std::string name = entry.path().filename().string();
        std::error_code unknown;
        const auto type = entry.symlink_status(unknown).type();
        if (type == std::filesystem::file_type::regular && m_is_ours(name)) continue;
        UsageError refusal(
            fmt::format("{} holds {}, which is not part of an archive", m_output->target, name));
        refusal.with_hint(
            "only a directory that snapq wrote is replaced; choose another name or move it away");
        throw refusal;
    }
    if (error) fail_writing(*m_output, error.value());
}

Fd OutputDirectory::create(const std::string& name) {
    const CleanupHeld until_registered;
    m_file_registrations.emplace_back(m_temporary + "/" + name);
    Fd fd(::openat(m_lock.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   k_file_mode));
    if (!fd) throw SystemError("cannot write " + display_path(name), errno);
    m_names.push_back(name);
    return fd;
}

std::string OutputDirectory::display_path(const std::string& name) const {
    return (std::filesystem::path(m_output->target) / name).string();
}

// As for an OutputFile, a directory that replaces an older one is forced to the disk, and its permissions are
// kept.
void OutputDirectory::prepare_replacing() const {
    for (const std::string& name : m_names) {
        const Fd file(::openat(m_lock.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file && errno == ENOENT) continue;  // removed by the signal thread: the process dies next
        if (!file || ::fdatasync(file.get()) != 0) fail_writing(*m_output, errno);
    }
    // The owner must be able to remove it, even if the rest fails.
    static_cast<void>(::fchmod(m_lock.get(), *m_mode_of_old | S_IRWXU));
    // EINVAL: some network file systems do not support fsync.
    if (::fsync(m_lock.get()) != 0 && errno != EINVAL) fail_writing(*m_output, errno);
}

void OutputDirectory::commit() {
    if (m_mode_of_old) prepare_replacing();
    // If the signal thread removed the files now, a broken archive would remain at the target.
    const CleanupHeld until_published;
    // A plain rename replaces an empty directory and nothing else. Without --force, exactly that is allowed.
    if (::rename(m_temporary.c_str(), m_output->path().c_str()) != 0) {
        if (!is_taken(errno)) fail_writing(*m_output, errno);
        if (!m_force) fail_exists(*m_output);
        replace();
    }
    m_temporary.clear();
    m_file_registrations.clear();
    m_registration.release();
}

void OutputDirectory::replace() {
    // The target is checked again, because the conversion may have taken an hour.
    inspect_target();
    if (!exchange(m_temporary, m_output->path(), m_output->aside_path())) fail_writing(*m_output, errno);
    // The hidden name now belongs to the old directory.
    remove_flat_directory(m_temporary);
}

}  // namespace snapq::io
