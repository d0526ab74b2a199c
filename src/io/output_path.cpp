#include "io/output_path.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/temporaries.hpp"
#include "support/error.hpp"

namespace snapq::io {
namespace {

namespace fs = std::filesystem;

constexpr int k_max_links = 40;  // the limit of the Linux kernel
// A file name may have 255 bytes; the others are for the dots, "snapq", the number and "tmp".
constexpr std::size_t k_max_stem = 200;
constexpr std::string_view k_mark = ".snapq-";

std::string parent_of(const fs::path& path) {
    const std::string parent = path.parent_path().string();
    return parent.empty() ? "." : parent;
}

// "out/" means out. "." and "a/.." mean a directory that has another name.
fs::path with_a_name(fs::path path, int from, const std::string& target) {
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    if (path.filename() != "." && path.filename() != "..") return path;
    std::error_code error;
    if (from != AT_FDCWD && path.is_relative()) path = fmt::format("/proc/self/fd/{}", from) / path;
    path = fs::canonical(path, error);
    if (error) fail_writing(target, error.value());
    return path;
}

Fd open_parent(int from, const std::string& parent, const OutputPath& output) {
    Fd directory(::openat(from, parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (directory) return directory;
    if (errno != ENOENT) fail_writing(output.target, errno);
    throw SystemError(
        fmt::format("cannot write {}: there is no directory {}", output.target, output.directory_name));
}

[[noreturn]] void refuse_foreign_link(const OutputPath& output, const std::string& text) {
    SystemError error(fmt::format("cannot write {}: {} is a symbolic link that another user made",
                                  output.target, output.name));
    const fs::path leads_to = fs::path(output.directory_name) / text;
    error.with_hint(
        fmt::format("if it is right, name what it leads to: {}", leads_to.lexically_normal().string()));
    throw error;
}

// Where the link of this name leads to; empty when there is no link. It is opened first, so that its owner
// and its text are those of the same link.
std::string link_text(const OutputPath& output) {
    const Fd link(::openat(output.directory.get(), output.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!link && errno == ENOENT) return {};
    struct stat found {};
    if (!link || ::fstat(link.get(), &found) != 0) fail_writing(output.target, errno);
    if (!S_ISLNK(found.st_mode)) return {};
    std::string text(PATH_MAX, '\0');
    const ssize_t size = ::readlinkat(link.get(), "", text.data(), text.size());
    if (size < 0) fail_writing(output.target, errno);
    text.resize(static_cast<std::size_t>(size));
    if (found.st_uid != ::geteuid() && found.st_uid != 0) refuse_foreign_link(output, text);
    return text;
}

// A relative path begins at the open directory `from`, which messages call `from_name`.
OutputPath resolve(int from, const fs::path& from_name, fs::path path, const std::string& target) {
    OutputPath output{target, from_name, {}, {}};
    for (int links = 0; links <= k_max_links; ++links) {
        path = with_a_name(path, from, target);
        const std::string parent = parent_of(path);
        if (parent != ".") output.directory_name = fs::path(output.directory_name) / parent;
        output.directory = open_parent(from, parent, output);
        output.name = path.filename().string();
        path = link_text(output);
        if (path.empty()) return output;
        from = output.directory.get();
    }
    fail_writing(target, ELOOP);
}

}  // namespace

std::string temporary_prefix(const OutputPath& output) {
    return "." + output.name.substr(0, k_max_stem) + std::string(k_mark);
}

std::string OutputPath::temporary_name(int attempt) const {
    const std::string number = attempt == 0 ? "" : fmt::format(".{}", attempt);
    return fmt::format("{}{}{}{}", temporary_prefix(*this), ::getpid(), number, k_temporary_suffix);
}

std::string OutputPath::aside_name() const {
    return fmt::format("{}{}{}", temporary_prefix(*this), ::getpid(), k_aside_suffix);
}

OutputPath resolve_output(const std::string& target) {
    if (target.empty()) throw_usage("the name of the output is empty");
    OutputPath output = resolve(AT_FDCWD, {}, target, target);
    if (output.directory_name.empty()) output.directory_name = ".";
    return output;
}

OutputPath resolve_output_in(int directory, const std::string& name, const std::string& target) {
    return resolve(directory, parent_of(target), name, target);
}

void fail_writing(const std::string& target, int errno_value) {
    throw SystemError("cannot write " + target, errno_value);
}

void fail_exists(const std::string& target) {
    UsageError error(target + " exists");
    error.with_hint("use --force to replace it");
    throw error;
}

TargetDirectory::TargetDirectory(const std::string& target) : TargetDirectory(resolve_output(target)) {}

TargetDirectory::TargetDirectory(const TargetDirectory& parent, const std::string& name)
    : TargetDirectory(resolve_output_in(parent.fd(), name, parent.display_path(name))) {}

TargetDirectory::TargetDirectory(OutputPath output)
    : m_output(std::make_unique<const OutputPath>(std::move(output))) {
    const std::string& target = m_output->target;
    const int parent = m_output->directory.get();
    if (m_output->name.empty()) {  // the root
        m_fd = Fd(::openat(parent, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!m_fd) fail_writing(target, errno);
        return;
    }
    const CleanupHeld until_registered;
    m_is_temporary = ::mkdirat(parent, m_output->name.c_str(), k_directory_mode) == 0;
    if (m_is_temporary) {
        m_registration = RegisteredTemporary(parent, m_output->name, RegisteredTemporary::Type::directory);
    } else if (errno != EEXIST) {
        throw SystemError("cannot create directory " + target, errno);
    }
    m_fd = Fd(::openat(parent, m_output->name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (m_fd) return;
    const int why = errno;
    if (m_is_temporary) ::unlinkat(parent, m_output->name.c_str(), AT_REMOVEDIR);
    fail_writing(target, why);
}

TargetDirectory::~TargetDirectory() {
    if (m_is_temporary) remove_same_directory(m_fd.get(), m_output->directory.get(), m_output->name);
}

std::string TargetDirectory::display_path(const std::string& name) const {
    return m_output->target + "/" + name;
}

void TargetDirectory::remove_file(const std::string& name) const {
    if (!is_plain_file(fd(), name) || ::unlinkat(fd(), name.c_str(), 0) == 0) return;
    throw SystemError("cannot remove " + display_path(name), errno);
}

void TargetDirectory::keep() {
    m_is_temporary = false;
    m_registration.release();
}

namespace {

// The type bits of the entry's mode; 0 when there is no such entry.
mode_t type_of(int directory, const std::string& name) {
    struct stat found {};
    if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return found.st_mode & S_IFMT;
}

}  // namespace

std::vector<std::string> names_in(int directory) {
    std::vector<std::string> names;
    // A new descriptor, because readdir begins at the current position of a descriptor.
    Fd fd = open_directory(directory, ".");
    const std::unique_ptr<DIR, int (*)(DIR*)> list(fd ? ::fdopendir(fd.get()) : nullptr, ::closedir);
    if (!list) return names;
    static_cast<void>(fd.release());
    errno = 0;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    return names;
}

bool is_plain_file(int directory, const std::string& name) {
    return type_of(directory, name) == S_IFREG;
}

bool is_symlink(int directory, const std::string& name) {
    return type_of(directory, name) == S_IFLNK;
}

bool is_same_file(int fd, int directory, const std::string& name) {
    struct stat opened {};
    struct stat named {};
    return ::fstat(fd, &opened) == 0 &&
           ::fstatat(directory, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

void remove_same_file(int fd, int directory, const std::string& name) noexcept {
    if (is_same_file(fd, directory, name)) ::unlinkat(directory, name.c_str(), 0);
}

void remove_same_directory(int fd, int directory, const std::string& name) noexcept {
    if (is_same_file(fd, directory, name)) ::unlinkat(directory, name.c_str(), AT_REMOVEDIR);
}

Fd open_directory(int directory, const std::string& name) {
    return Fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool others_may_rename(int directory) {
    struct stat found {};
    if (::fstat(directory, &found) != 0) return true;
    if (found.st_uid != ::geteuid() && found.st_uid != 0) return true;
    return (found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0;
}

}  // namespace snapq::io
