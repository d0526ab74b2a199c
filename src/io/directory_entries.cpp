#include "io/directory_entries.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace snapq::io {
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
