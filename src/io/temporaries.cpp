#include "io/temporaries.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/directory_entries.hpp"
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
        // Before the lock was set, another run may have taken it for a leftover. Then it is removed, or about
        // to be removed.
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

}  // namespace snapq::io
