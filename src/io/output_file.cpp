#include "io/output_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

std::string proc_path(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

// Gives the open file a name, or another one. On failure, returns false with errno set; EEXIST means that the
// name exists.
bool link_open_file(int fd, const std::string& path) {
    return ::linkat(AT_FDCWD, proc_path(fd).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// Renames unless the new name exists (EEXIST). Network file systems do not support the flag but have hard
// links.
bool rename_without_replacing(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    if (errno != EINVAL && errno != ENOSYS) return false;
    if (::link(from.c_str(), to.c_str()) != 0) return false;
    ::unlink(from.c_str());
    return true;
}

// Keeps the existing file of a place under a hidden name, so that it can be restored. The hidden name is not
// registered, so the code that uses it must hold a CleanupHeld.
class OldFile {
public:
    // Without hard links in the file system, nothing can be restored.
    explicit OldFile(const OutputPath& output) : m_path(output.path()) {
        for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
            std::string hidden = output.temporary_path(attempt);
            if (::link(m_path.c_str(), hidden.c_str()) == 0) {
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
        if (!m_hidden.empty()) ::unlink(m_hidden.c_str());  // does nothing after the file was restored
    }

    // Puts the old file in place of the open file `ours`; without an old file, removes `ours`. If another
    // process has put a different file there meanwhile, that one stays.
    void put_back(int ours) const {
        if (!is_same_file(ours, m_path)) return;
        if (!m_hidden.empty()) {
            ::rename(m_hidden.c_str(), m_path.c_str());
        } else if (!m_was_there) {
            ::unlink(m_path.c_str());
        }
    }

private:
    std::string m_path;
    std::string m_hidden;
    bool m_was_there = true;
};

// While the lock is held, other runs that publish pairs in the same directory wait; otherwise their pairs
// could be mixed. They wait for a limited time, so a lock that is never released does not stop them.
Fd lock_directory(const OutputPath& output) {
    constexpr int k_max_wait_ms = 5000;
    constexpr int k_step_ms = 10;
    Fd directory(::open(output.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (int waited = 0; directory && !try_lock(directory.get()) && waited < k_max_wait_ms;
         waited += k_step_ms) {
        ::poll(nullptr, 0, k_step_ms);
    }
    return directory;
}

}  // namespace

OutputFile::OutputFile(const std::string& target, bool force, TemporaryStyle style)
    : m_output(std::make_unique<const OutputPath>(resolve_output(target))), m_force(force) {
    remove_stale_temporaries(*m_output);
    inspect_target();
    if (style == TemporaryStyle::named || !open_unnamed()) open_named();
    struct stat old {};
    if (m_replaces && ::stat(m_output->path().c_str(), &old) == 0) {
        // The permissions of the old file are kept, so a private archive stays private.
        static_cast<void>(::fchmod(m_fd.get(), old.st_mode & k_permission_bits));
    }
}

OutputFile::~OutputFile() {
    if (!m_temporary.empty()) ::unlink(m_temporary.c_str());
}

void OutputFile::inspect_target() {
    struct stat old {};
    if (::stat(m_output->target.c_str(), &old) != 0) {
        if (errno != ENOENT) fail_writing(*m_output, errno);
        if (m_output->target.ends_with('/')) fail_writing(*m_output, EISDIR);
        return;
    }
    if (S_ISDIR(old.st_mode)) fail_writing(*m_output, EISDIR);
    if (!S_ISREG(old.st_mode))
        throw SystemError("cannot write " + m_output->target + ": it is not a regular file");
    if (!m_force) fail_exists(*m_output);
    m_replaces = true;
}

bool OutputFile::open_unnamed() {
    m_fd = Fd(::open(m_output->directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, k_file_mode));
    if (!m_fd) {
        // Kernels and file systems without O_TMPFILE report these errors. Other errors concern named files as
        // well.
        if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) return false;
        fail_writing(*m_output, errno);
    }
    // Linking needs /proc, which may be missing in a minimal container.
    if (::access(proc_path(m_fd.get()).c_str(), F_OK) != 0) return false;
    return try_lock(m_fd.get());
}

void OutputFile::open_named() {
    NamedTemporary temporary = create_temporary_file(*m_output);
    m_fd = std::move(temporary.fd);
    m_temporary = std::move(temporary.path);
    m_registration = std::move(temporary.registration);
}

void OutputFile::write(std::string_view bytes) {
    write_fully(m_fd.get(), bytes, m_output->target);
}

const std::string& OutputFile::target() const {
    return m_output->target;
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
    if (m_replaces && ::fdatasync(m_fd.get()) != 0) fail_writing(*m_output, errno);
    // Network file systems report a full disk only at close, but at every close.
    const int copy = ::dup(m_fd.get());
    if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) fail_writing(*m_output, errno);
}

void OutputFile::publish_unnamed() {
    if (link_open_file(m_fd.get(), m_output->path())) return;
    if (errno != EEXIST) fail_writing(*m_output, errno);
    if (!m_force) fail_exists(*m_output);
    take_hidden_name();
    publish_named();
}

// A link cannot replace a name, but a rename can. So the file gets a hidden name for a moment. It has been
// locked since it was opened, so no other run takes that name for a leftover.
void OutputFile::take_hidden_name() {
    for (int attempt = 0; attempt < k_max_attempts && m_temporary.empty(); ++attempt) {
        const std::string path = m_output->temporary_path(attempt);
        if (link_open_file(m_fd.get(), path)) {
            m_temporary = path;
            m_registration = RegisteredTemporary(path);
        } else if (errno != EEXIST) {
            fail_writing(*m_output, errno);
        }
    }
    if (m_temporary.empty()) fail_writing(*m_output, EEXIST);
}

void OutputFile::publish_named() {
    const std::string path = m_output->path();
    const bool done = m_force ? ::rename(m_temporary.c_str(), path.c_str()) == 0
                              : rename_without_replacing(m_temporary, path);
    if (!done && errno == EEXIST && !m_force) fail_exists(*m_output);
    if (!done) fail_writing(*m_output, errno);
    m_temporary.clear();
}

}  // namespace snapq::io
