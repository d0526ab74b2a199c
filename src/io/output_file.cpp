#include "io/output_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "io/output_path.hpp"
#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

std::string proc_path(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

// Gives the open file a name, which may be an additional one. On failure, returns false with errno set;
// EEXIST means that the name exists.
bool link_open_file(int fd, int directory, const std::string& name) {
    return ::linkat(AT_FDCWD, proc_path(fd).c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// Renames unless the new name exists (EEXIST). Network file systems do not support the flag but have hard
// links.
bool rename_without_replacing(int directory, const std::string& from, const std::string& to) {
    if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0) return false;
    ::unlinkat(directory, from.c_str(), 0);
    return true;
}

// Keeps the existing target under a hidden name, so that it can be restored. The hidden name is not
// registered, so the code that uses it must hold a CleanupHeld.
class OldFile {
public:
    // Without hard links in the file system, nothing can be restored.
    explicit OldFile(const OutputPath& output) : m_directory(output.directory.get()), m_name(output.name) {
        for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
            std::string hidden = output.temporary_name(attempt);
            if (::linkat(m_directory, m_name.c_str(), m_directory, hidden.c_str(), 0) == 0) {
                m_hidden = std::move(hidden);
                return;
            }
            m_was_there = errno != ENOENT;
            if (errno != EEXIST) return;
        }
    }
    OldFile(const OldFile&) = delete;
    OldFile& operator=(const OldFile&) = delete;
    ~OldFile() {
        // Does nothing after the file was restored.
        if (!m_hidden.empty()) ::unlinkat(m_directory, m_hidden.c_str(), 0);
    }

    // Puts the old file in place of the open file `ours`; without an old file, removes `ours`. If another
    // process has put a different file there meanwhile, that one stays.
    void put_back(int ours) const {
        if (!is_same_file(ours, m_directory, m_name)) return;
        if (!m_hidden.empty()) {
            ::renameat(m_directory, m_hidden.c_str(), m_directory, m_name.c_str());
        } else if (!m_was_there) {
            ::unlinkat(m_directory, m_name.c_str(), 0);
        }
    }

private:
    int m_directory;
    std::string m_name;
    std::string m_hidden;
    bool m_was_there = true;
};

// While the lock is held, other runs that publish pairs in the same directory wait; otherwise their pairs
// could be mixed. They wait for a limited time, so a lock that is never released does not stop them.
Fd lock_directory(const OutputPath& output) {
    constexpr int k_max_wait_ms = 5000;
    constexpr int k_step_ms = 10;
    Fd directory = open_directory(output.directory.get(), ".");
    for (int waited = 0; directory && !try_lock(directory.get()) && waited < k_max_wait_ms;
         waited += k_step_ms) {
        ::poll(nullptr, 0, k_step_ms);
    }
    return directory;
}

OutputPath resolve_in(const TargetDirectory& directory, const std::string& name, bool force) {
    const std::string target = directory.display_path(name);
    if (!force && is_symlink(directory.fd(), name)) fail_exists(target);
    return resolve_output_in(directory.fd(), name, target);
}

}  // namespace

OutputFile::OutputFile(const std::string& target, bool force, TemporaryStyle style)
    : OutputFile(resolve_output(target), force, style) {}

OutputFile::OutputFile(const TargetDirectory& directory, const std::string& name, bool force,
                       TemporaryStyle style)
    : OutputFile(resolve_in(directory, name, force), force, style) {}

OutputFile::OutputFile(OutputPath output, bool force, TemporaryStyle style)
    : m_output(std::make_unique<const OutputPath>(std::move(output))), m_force(force) {
    remove_stale_temporaries(*m_output);
    inspect_target();
    if (style == TemporaryStyle::named || !open_unnamed()) open_named();
    // The permissions of the old file are kept, so a private archive stays private.
    if (m_mode_of_old) static_cast<void>(::fchmod(m_fd.get(), *m_mode_of_old));
}

OutputFile::~OutputFile() {
    if (!m_temporary.empty()) remove_same_file(m_fd.get(), m_output->directory.get(), m_temporary);
}

void OutputFile::inspect_target() {
    const std::string& target = m_output->target;
    struct stat old {};
    if (::fstatat(m_output->directory.get(), m_output->name.c_str(), &old, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) fail_writing(target, errno);
        if (target.ends_with('/')) fail_writing(target, EISDIR);
        return;
    }
    if (S_ISDIR(old.st_mode)) fail_writing(target, EISDIR);
    if (S_ISLNK(old.st_mode)) fail_writing(target, ELOOP);  // made after the target was resolved
    if (!S_ISREG(old.st_mode)) throw SystemError("cannot write " + target + ": it is not a regular file");
    if (!m_force) fail_exists(target);
    m_replaces = true;
    if (old.st_uid == ::geteuid()) m_mode_of_old = old.st_mode & k_permission_bits;
}

bool OutputFile::open_unnamed() {
    m_fd = Fd(::openat(m_output->directory.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, k_file_mode));
    if (!m_fd) {
        // Kernels and file systems without O_TMPFILE report these errors. Other errors concern named files as
        // well.
        if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) return false;
        fail_writing(m_output->target, errno);
    }
    // Linking needs /proc, which may be missing in a minimal container.
    if (::access(proc_path(m_fd.get()).c_str(), F_OK) != 0) return false;
    return try_lock(m_fd.get());
}

void OutputFile::open_named() {
    NamedTemporary temporary = create_temporary_file(*m_output);
    m_fd = std::move(temporary.fd);
    m_temporary = std::move(temporary.name);
    m_registration = std::move(temporary.registration);
}

void OutputFile::write(std::string_view bytes) {
    write_fully(m_fd.get(), bytes, m_output->target);
}

void OutputFile::clear() {
    if (::ftruncate(m_fd.get(), 0) != 0 || ::lseek(m_fd.get(), 0, SEEK_SET) != 0)
        throw SystemError(m_output->target + ": cannot be emptied", errno);
}

const std::string& OutputFile::target() const {
    return m_output->target;
}

TempFile OutputFile::scratch() const {
    return TempFile(m_output->directory.get(), m_output->directory_name);
}

void OutputFile::commit() {
    flush();
    const CleanupHeld until_published;
    publish();
}

void OutputFile::commit_together(OutputFile& first, OutputFile& second) {
    first.flush();
    second.flush();
    const Fd one_at_a_time = lock_directory(*first.m_output);
    const CleanupHeld until_published;
    if (first.m_temporary.empty()) first.take_hidden_name();
    if (second.m_temporary.empty()) second.take_hidden_name();
    const OldFile old(*first.m_output);
    first.publish();
    try {
        second.publish();
    } catch (...) {
        old.put_back(first.m_fd.get());
        throw;
    }
}

void OutputFile::publish() {
    if (m_temporary.empty()) {
        publish_unnamed();
    } else {
        publish_named();
    }
    m_registration.release();
}

// A new file is not forced to the disk: it can be made again from its input, and waiting for a slow disk
// would double the time. A file that replaces an older one is forced to the disk, because after a power
// failure both could be lost.
void OutputFile::flush() const {
    if (m_replaces && ::fdatasync(m_fd.get()) != 0) fail_writing(m_output->target, errno);
    // Network file systems report a full disk only at close, but at every close.
    const int copy = ::dup(m_fd.get());
    if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) fail_writing(m_output->target, errno);
}

void OutputFile::publish_unnamed() {
    if (link_open_file(m_fd.get(), m_output->directory.get(), m_output->name)) return;
    if (errno != EEXIST) fail_writing(m_output->target, errno);
    if (!m_force) fail_exists(m_output->target);
    take_hidden_name();
    publish_named();
}

// A link cannot replace a name, but a rename can. So the file gets a hidden name for a moment. It has been
// locked since it was opened, so no other run takes that name for a leftover.
void OutputFile::take_hidden_name() {
    for (int attempt = 0; attempt < k_max_attempts && m_temporary.empty(); ++attempt) {
        const std::string name = m_output->temporary_name(attempt);
        if (link_open_file(m_fd.get(), m_output->directory.get(), name)) {
            m_temporary = name;
            m_registration = RegisteredTemporary(m_output->directory.get(), name);
        } else if (errno != EEXIST) {
            fail_writing(m_output->target, errno);
        }
    }
    if (m_temporary.empty()) fail_writing(m_output->target, EEXIST);
}

void OutputFile::publish_named() {
    const int directory = m_output->directory.get();
    const std::string& name = m_output->name;
    check_not_exchanged(m_fd.get(), *m_output, m_temporary);
    const bool done = m_force ? ::renameat(directory, m_temporary.c_str(), directory, name.c_str()) == 0
                              : rename_without_replacing(directory, m_temporary, name);
    if (!done && errno == EEXIST && !m_force) fail_exists(m_output->target);
    if (!done) fail_writing(m_output->target, errno);
    m_temporary.clear();
}

}  // namespace snapq::io
