#include "io/output_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "io/output_path.hpp"
#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

// This run gives up when other runs have changed the target this often while it inspected or replaced it.
constexpr int k_max_rivals = 1000;

bool is_taken(int errno_value) {
    return errno_value == EEXIST || errno_value == ENOTEMPTY || errno_value == ENOTDIR;
}

void remove_files(int directory, const std::vector<std::string>& names) {
    for (const std::string& name : names) ::unlinkat(directory, name.c_str(), 0);
}

[[noreturn]] void refuse_to_replace(const std::string& message) {
    UsageError refusal(message);
    refusal.with_hint("only a directory that snapq wrote is replaced; choose another name or move it away");
    throw refusal;
}

}  // namespace

OutputDirectory::OutputDirectory(const std::string& target, bool force, OwnDirectory kind)
    : m_output(std::make_unique<const OutputPath>(resolve_output(target))),
      m_force(force),
      m_kind(std::move(kind)) {
    // First, because it may restore the target.
    restore_directory_put_aside(*m_output, [this](int directory) { return is_replaceable(directory); });
    remove_stale_temporaries(*m_output);
    inspect_target();
    NamedTemporary temporary = create_temporary_directory(*m_output);
    m_lock = std::move(temporary.fd);
    m_temporary = std::move(temporary.name);
    m_registration = std::move(temporary.registration);
    // Where others may rename, the name alone does not prove that a leftover is ours.
    m_is_marked = others_may_rename(m_output->directory.get());
    if (!m_is_marked) return;
    try {
        static_cast<void>(create(std::string(k_unfinished_mark)));
    } catch (...) {
        remove_same_directory(m_lock.get(), m_output->directory.get(), m_temporary);
        throw;
    }
}

// Removes only what this object created, whatever else is in the directory by now.
OutputDirectory::~OutputDirectory() {
    if (m_temporary.empty()) return;
    remove_files(m_lock.get(), m_names);
    remove_same_directory(m_lock.get(), m_output->directory.get(), m_temporary);
}

void OutputDirectory::inspect_target() {
    const int parent = m_output->directory.get();
    for (int attempt = 0; attempt < k_max_rivals; ++attempt) {
        m_replaces = false;
        const Fd directory = open_directory(parent, m_output->name);
        if (!directory) {
            if (errno == ENOENT) return;
            if (errno == ENOTDIR) throw_usage("{} exists and is not a directory", m_output->target);
            fail_writing(m_output->target, errno);
        }
        try {
            return inspect_directory(directory.get());
        } catch (const Error&) {
            // Another run may have replaced it meanwhile and be removing the directory that this run
            // inspected.
            if (is_same_file(directory.get(), parent, m_output->name)) throw;
        }
    }
    fail_writing(m_output->target, EBUSY);
}

void OutputDirectory::inspect_directory(int directory) {
    struct stat old {};
    const bool is_empty = names_in(directory).empty();
    if (errno != 0 || ::fstat(directory, &old) != 0) fail_writing(m_output->target, errno);
    if (is_empty) return;
    if (!m_force) fail_exists(m_output->target);
    check_replaceable(directory);
    m_replaces = true;
    if (old.st_uid == ::geteuid()) m_mode_of_old = old.st_mode & k_permission_bits;
}

std::vector<std::string> OutputDirectory::our_files(int directory) const {
    std::vector<std::string> names = names_in(directory);
    if (errno != 0) fail_writing(m_output->target, errno);
    for (const std::string& name : names) {
        errno = 0;
        // ENOENT: another run is removing the directory.
        if (m_kind.is_file_name(name) && (is_plain_file(directory, name) || errno == ENOENT)) continue;
        refuse_to_replace(
            fmt::format("{} holds {}, which is not part of an archive", m_output->target, name));
    }
    return names;
}

void OutputDirectory::check_replaceable(int directory) const {
    if (our_files(directory).empty() || has_our_manifest(directory)) return;
    refuse_to_replace(
        fmt::format("{} holds no {} that this snapq can read", m_output->target, m_kind.manifest));
}

bool OutputDirectory::is_replaceable(int directory) const noexcept {
    try {
        check_replaceable(directory);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

bool OutputDirectory::has_our_manifest(int directory) const {
    const Fd file(
        ::openat(directory, m_kind.manifest.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ELOOP)) return false;
    struct stat found {};
    if (!file || ::fstat(file.get(), &found) != 0)
        throw SystemError("cannot read " + display_path(m_kind.manifest), errno);
    if (!S_ISREG(found.st_mode)) return false;
    if (static_cast<std::uint64_t>(found.st_size) > m_kind.most_manifest_bytes) return false;
    std::string text(static_cast<std::size_t>(found.st_size), '\0');
    return read_fully_at(file.get(), 0, text, m_kind.manifest) == text.size() && m_kind.is_manifest(text);
}

Fd OutputDirectory::create(const std::string& name) {
    const CleanupHeld until_registered;
    m_file_registrations.emplace_back(m_lock.get(), name);
    Fd fd(::openat(m_lock.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   k_file_mode));
    if (!fd) throw SystemError("cannot write " + display_path(name), errno);
    m_names.push_back(name);
    return fd;
}

std::string OutputDirectory::display_path(const std::string& name) const {
    return (std::filesystem::path(m_output->target) / name).string();
}

// As for an OutputFile, a directory that replaces an older one is forced to the disk, and the permissions of
// one of ours are kept.
void OutputDirectory::prepare_replacing() const {
    for (const std::string& name : m_names) {
        const Fd file(::openat(m_lock.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file && errno == ENOENT) continue;  // removed by the signal thread: the process dies next
        if (!file || ::fdatasync(file.get()) != 0) fail_writing(m_output->target, errno);
    }
    // The owner must be able to remove it, even if the rest fails.
    if (m_mode_of_old) static_cast<void>(::fchmod(m_lock.get(), *m_mode_of_old | S_IRWXU));
    // EINVAL: some network file systems do not support fsync.
    if (::fsync(m_lock.get()) != 0 && errno != EINVAL) fail_writing(m_output->target, errno);
}

void OutputDirectory::commit() {
    if (m_replaces) prepare_replacing();
    // If the signal thread removed the files now, a broken archive would remain at the target.
    const CleanupHeld until_published;
    check_not_exchanged(m_lock.get(), *m_output, m_temporary);
    remove_mark();
    const int parent = m_output->directory.get();
    // A plain rename replaces an empty directory and nothing else. Without --force, exactly that is allowed.
    if (::renameat(parent, m_temporary.c_str(), parent, m_output->name.c_str()) != 0) {
        if (!is_taken(errno)) fail_writing(m_output->target, errno);
        if (!m_force) fail_exists(m_output->target);
        replace();
    }
    m_temporary.clear();
    m_file_registrations.clear();
    m_registration.release();
}

void OutputDirectory::remove_mark() const {
    if (!m_is_marked) return;
    const std::string mark(k_unfinished_mark);
    // ENOENT: removed by the signal thread.
    if (::unlinkat(m_lock.get(), mark.c_str(), 0) != 0 && errno != ENOENT)
        throw SystemError("cannot remove " + display_path(mark), errno);
}

void OutputDirectory::replace() {
    // The target is checked again, because the conversion may have taken an hour.
    inspect_target();
    const int parent = m_output->directory.get();
    if (::renameat2(parent, m_temporary.c_str(), parent, m_output->name.c_str(), RENAME_EXCHANGE) == 0)
        return remove_exchanged();
    if (errno != EINVAL && errno != ENOSYS) fail_writing(m_output->target, errno);
    replace_step_by_step();
}

// The hidden name now belongs to what was the target. That may be another directory than the one that was
// checked.
void OutputDirectory::remove_exchanged() {
    try {
        remove_replaced(m_temporary);
    } catch (...) {
        const int parent = m_output->directory.get();
        ::renameat2(parent, m_temporary.c_str(), parent, m_output->name.c_str(), RENAME_EXCHANGE);
        throw;
    }
}

void OutputDirectory::remove_replaced(const std::string& name) const {
    const int parent = m_output->directory.get();
    const Fd old = open_directory(parent, name);
    // Another run may have taken it for a leftover and removed it.
    if (!old && errno == ENOENT) return;
    if (!old) fail_writing(m_output->target, errno);
    std::vector<std::string> files;
    try {
        files = our_files(old.get());
        // The manifest of a locked one is not checked: the run that made it has not ended yet, or another run
        // is removing it.
        if (try_lock(old.get())) check_replaceable(old.get());
    } catch (const Error&) {
        if (is_same_file(old.get(), parent, name)) throw;
        return;
    }
    remove_files(old.get(), files);
    remove_same_directory(old.get(), parent, name);
}

// Removes a directory that was put aside but is not the one that was checked. It stays if it is not ours.
void OutputDirectory::remove_put_aside(const std::string& name) const noexcept {
    try {
        remove_replaced(name);
    } catch (const std::exception&) {
        return;
    }
}

// Where the file system has no exchange of names: uses a third name, and for a moment there is no target.
void OutputDirectory::replace_step_by_step() {
    const int parent = m_output->directory.get();
    const std::string& target = m_output->name;
    const std::string aside = m_output->aside_name();
    for (int attempt = 0; attempt < k_max_rivals; ++attempt) {
        const Fd old = open_directory(parent, target);
        // ENOENT: another run has just moved it aside.
        if (!old && errno != ENOENT) fail_writing(m_output->target, errno);
        std::vector<std::string> files;
        if (old) {
            try {
                files = our_files(old.get());
                check_replaceable(old.get());
            } catch (const Error&) {
                if (is_same_file(old.get(), parent, target)) throw;
                continue;  // another run has replaced it
            }
            static_cast<void>(try_lock(old.get()));  // so that no other run takes it for a leftover
            if (::renameat(parent, target.c_str(), parent, aside.c_str()) != 0 && errno != ENOENT)
                fail_writing(m_output->target, errno);
        }
        const bool is_done = ::renameat(parent, m_temporary.c_str(), parent, target.c_str()) == 0;
        const int why = is_done ? 0 : errno;
        // If the name is taken, another run has put its directory there, and that one is replaced next.
        if (!is_done && !is_taken(why)) {
            static_cast<void>(::renameat(parent, aside.c_str(), parent, target.c_str()));
            fail_writing(m_output->target, why);
        }
        // If this is interrupted, the next run takes the rest for a leftover.
        const bool is_hidden = is_done && ::renameat(parent, aside.c_str(), parent, m_temporary.c_str()) == 0;
        const std::string& place = is_hidden ? m_temporary : aside;
        if (old && is_same_file(old.get(), parent, place)) {
            remove_files(old.get(), files);
            remove_same_directory(old.get(), parent, place);
        } else if (old) {
            remove_put_aside(place);
        }
        if (is_done) return;
    }
    fail_writing(m_output->target, EBUSY);
}

}  // namespace snapq::io
