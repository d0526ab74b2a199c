#include "io/temporaries.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "support/error.hpp"

namespace snapq::io {
namespace {

constexpr int k_max_links = 40;  // the limit of the Linux kernel
// A file name may have 255 bytes; the others are for the dots, "snapq", the number and "tmp".
constexpr std::size_t k_max_stem = 200;
constexpr std::string_view k_mark = ".snapq-";
constexpr std::string_view k_suffix = ".tmp";
constexpr std::string_view k_aside_suffix = ".old";
constexpr mode_t k_directory_mode = 0777;

std::string temporary_prefix(const OutputPath& output) {
    return "." + output.name.substr(0, k_max_stem) + std::string(k_mark);
}

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

std::string parent_of(const std::filesystem::path& path) {
    const std::string parent = path.parent_path().string();
    return parent.empty() ? "." : parent;
}

// Follows a chain of symlinks to its end. The target of the last one may not exist.
std::filesystem::path follow_links(std::filesystem::path path, const std::string& target) {
    for (int i = 0; i < k_max_links; ++i) {
        std::error_code ignored;
        if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, ignored))) return path;
        // An absolute link replaces the whole path; operator/ does that.
        path = parent_of(path) / std::filesystem::read_symlink(path, ignored);
    }
    throw SystemError("cannot write " + target, ELOOP);
}

std::vector<std::string> names_in(const std::string& directory) noexcept {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(directory.c_str()), ::closedir);
    if (!handle) return names;
    while (const dirent* entry = ::readdir(handle.get())) names.emplace_back(entry->d_name);
    return names;
}

void remove(const std::string& path, mode_t type) {
    if (S_ISDIR(type)) remove_flat_directory(path);
    if (S_ISREG(type)) ::unlink(path.c_str());
}

// Calls `deal_with(path, type)` unless the lock cannot be taken. On a file system without locks it is unknown
// whether another run still uses the file.
template <typename Action>
void if_abandoned(const std::string& path, Action deal_with) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !is_same_file(fd.get(), path)) return;
    struct stat found {};
    if (::fstat(fd.get(), &found) == 0) deal_with(path, found.st_mode);
}

// `create` creates and opens the name. EEXIST means that another name must be tried.
template <typename Create>
NamedTemporary create_temporary(const OutputPath& output, Create create, RegisteredTemporary::Type type) {
    for (int attempt = 0; attempt < k_max_attempts; ++attempt) {
        std::string path = output.temporary_path(attempt);
        const CleanupHeld until_registered;
        Fd fd = create(path);
        if (!fd && errno == EEXIST) continue;
        if (!fd) fail_writing(output, errno);
        // Before the lock was set, another run may have taken it for a leftover. Then it is removed, or about
        // to be removed.
        if (!try_lock(fd.get()) || !is_same_file(fd.get(), path)) continue;
        RegisteredTemporary registration(path, type);
        return {std::move(fd), std::move(path), std::move(registration)};
    }
    fail_writing(output, EEXIST);
}

}  // namespace

std::string OutputPath::temporary_path(int attempt) const {
    const std::string number = attempt == 0 ? "" : fmt::format(".{}", attempt);
    return fmt::format("{}/{}{}{}{}", directory, temporary_prefix(*this), ::getpid(), number, k_suffix);
}

std::string OutputPath::aside_path() const {
    return fmt::format("{}/{}{}{}", directory, temporary_prefix(*this), ::getpid(), k_aside_suffix);
}

OutputPath resolve_output(const std::string& target) {
    if (target.empty()) throw_usage("the name of the output is empty");
    std::filesystem::path path = target;
    // "out/" means out. "." and "a/.." mean a directory that has another name.
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    path = follow_links(path, target);
    std::error_code error;
    if (path.filename() == "." || path.filename() == "..") path = std::filesystem::canonical(path, error);
    OutputPath output{target, parent_of(path), path.filename().string()};
    if (error) fail_writing(output, error.value());
    struct stat parent {};
    if (::stat(output.directory.c_str(), &parent) != 0 && errno == ENOENT) {
        throw SystemError(fmt::format("cannot write {}: there is no directory {}", target, output.directory));
    }
    return output;
}

void fail_writing(const OutputPath& output, int errno_value) {
    throw SystemError("cannot write " + output.target, errno_value);
}

void fail_exists(const OutputPath& output) {
    UsageError error(output.target + " exists");
    error.with_hint("use --force to replace it");
    throw error;
}

NamedTemporary create_temporary_file(const OutputPath& output) {
    const auto create = [](const std::string& path) {
        return Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, k_file_mode));
    };
    return create_temporary(output, create, RegisteredTemporary::Type::file);
}

NamedTemporary create_temporary_directory(const OutputPath& output) {
    const auto create = [](const std::string& path) {
        if (::mkdir(path.c_str(), k_directory_mode) != 0) return Fd();
        Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd) return fd;
        // ENOENT: another run removed it before it could be opened.
        const int why = errno == ENOENT ? EEXIST : errno;
        ::rmdir(path.c_str());
        errno = why;
        return fd;
    };
    return create_temporary(output, create, RegisteredTemporary::Type::directory);
}

bool try_lock(int fd) {
    // Without locks (some network file systems), other runs do not remove our temporaries, so no lock is
    // needed.
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

bool is_same_file(int fd, const std::string& path) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

void remove_stale_temporaries(const OutputPath& output) noexcept {
    const std::string prefix = temporary_prefix(output);
    // The rename fails when the target exists.
    const auto put_back = [&](const std::string& path, mode_t type) {
        if (::rename(path.c_str(), output.path().c_str()) != 0) remove(path, type);
    };
    for (const std::string& name : names_in(output.directory)) {
        const std::string path = output.directory + "/" + name;
        if (is_hidden_name(name, prefix, k_suffix)) if_abandoned(path, remove);
        if (is_hidden_name(name, prefix, k_aside_suffix)) if_abandoned(path, put_back);
    }
}

void remove_flat_directory(const std::string& path) noexcept {
    for (const std::string& name : names_in(path)) {
        if (name != "." && name != "..") ::unlink((path + "/" + name).c_str());
    }
    ::rmdir(path.c_str());
}

}  // namespace snapq::io
