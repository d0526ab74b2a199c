#include "snapq/io/output_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "io/temporaries.hpp"
#include "snapq/support/error.hpp"

namespace snapq::io {
namespace {

constexpr mode_t k_file_mode = 0666;  // less the umask

bool is_taken(int errno_value) {
    return errno_value == EEXIST || errno_value == ENOTEMPTY || errno_value == ENOTDIR;
}

}  // namespace

OutputDirectory::OutputDirectory(const std::string& target, bool force, IsOurs is_ours)
    : m_place(std::make_unique<const Place>(resolve_place(target))),
      m_force(force),
      m_is_ours(std::move(is_ours)) {
    inspect_target();
    remove_stale_temporaries(*m_place);
    NamedTemporary temporary = create_temporary_directory(*m_place);
    m_lock = std::move(temporary.fd);
    m_temporary = std::move(temporary.path);
    m_registration = std::move(temporary.registration);
}

OutputDirectory::~OutputDirectory() {
    if (!m_temporary.empty()) remove_flat_directory(m_temporary);
}

void OutputDirectory::inspect_target() const {
    struct stat old {};
    if (::stat(m_place->target.c_str(), &old) != 0) {
        if (errno != ENOENT) fail_writing(*m_place, errno);
        return;
    }
    if (!S_ISDIR(old.st_mode)) throw_usage("{} exists and is not a directory", m_place->target);
    std::error_code error;
    const bool is_empty = std::filesystem::is_empty(m_place->path(), error);
    if (error) fail_writing(*m_place, error.value());
    if (is_empty) return;
    if (!m_force) fail_exists(*m_place);
    check_replaceable();
}

void OutputDirectory::check_replaceable() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(m_place->path(), error)) {
        const std::string name = entry.path().filename().string();
        if (entry.symlink_status().type() == std::filesystem::file_type::regular && m_is_ours(name)) continue;
        UsageError refusal(
            fmt::format("{} holds {}, which is not part of an archive", m_place->target, name));
        refusal.with_hint(
            "only a directory that snapq wrote is replaced; choose another name or move it away");
        throw refusal;
    }
    if (error) fail_writing(*m_place, error.value());
}

Fd OutputDirectory::create(const std::string& name) {
    const CleanupHeld until_registered;
    m_file_registrations.emplace_back(m_temporary + "/" + name);
    Fd fd(::openat(m_lock.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   k_file_mode));
    if (!fd) throw SystemError("cannot write " + display_path(name), errno);
    return fd;
}

std::string OutputDirectory::display_path(const std::string& name) const {
    return (std::filesystem::path(m_place->target) / name).string();
}

// Not forced to the disk, for the reason given at OutputFile.
void OutputDirectory::commit() {
    // A handler that meanwhile removed the files in it would leave a broken archive at the target.
    const CleanupHeld until_published;
    // A plain rename replaces an empty directory and nothing else: exactly what is allowed without force.
    if (::rename(m_temporary.c_str(), m_place->path().c_str()) != 0) {
        if (!is_taken(errno)) fail_writing(*m_place, errno);
        if (!m_force) fail_exists(*m_place);
        replace();
    }
    m_temporary.clear();
    m_file_registrations.clear();
    m_registration.release();
}

void OutputDirectory::replace() {
    const std::string path = m_place->path();
    // Looked at again: the conversion may have taken an hour.
    inspect_target();
    if (::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
        // Now the hidden name is the old directory's.
        remove_flat_directory(m_temporary);
        return;
    }
    if (errno != EINVAL && errno != ENOSYS) fail_writing(*m_place, errno);
    // Without an exchange there is a moment with no directory; the old one is put back when the second step
    // fails.
    const std::string old = m_temporary + ".old";
    if (::rename(path.c_str(), old.c_str()) != 0) fail_writing(*m_place, errno);
    if (::rename(m_temporary.c_str(), path.c_str()) != 0) {
        const int why = errno;
        static_cast<void>(::rename(old.c_str(), path.c_str()));
        fail_writing(*m_place, why);
    }
    remove_flat_directory(old);
}

}  // namespace snapq::io
