// Entries of an open directory. Each function takes the descriptor of the directory and a single name, and
// follows no symlinks, so it does not matter if another user changes the path to the directory.
#pragma once

#include <string>
#include <vector>

#include "io/file_descriptor.hpp"

namespace snapq::io {

// All names but "." and "..", in no particular order. The descriptor may be opened with O_PATH. Sets errno:
// 0, or why the directory cannot be read (the list is then empty).
[[nodiscard]] std::vector<std::string> names_in(int directory);

[[nodiscard]] bool is_plain_file(int directory, const std::string& name);
[[nodiscard]] bool is_symlink(int directory, const std::string& name);  // also a dangling one

// Whether the entry is the file or directory that is open as `fd`.
[[nodiscard]] bool is_same_file(int fd, int directory, const std::string& name);

// Removes the entry if it is the file, or the directory, that is open as `fd`. A directory must be empty.
void remove_same_file(int fd, int directory, const std::string& name) noexcept;
void remove_same_directory(int fd, int directory, const std::string& name) noexcept;

// Opens a directory to list it and to work in it. On failure, returns no descriptor and sets errno.
[[nodiscard]] Fd open_directory(int directory, const std::string& name);

// Whether a user other than us and root may rename our entries of this directory: its owner, and, unless it
// is sticky, everybody who may write to it. True also when that cannot be found out.
[[nodiscard]] bool others_may_rename(int directory);

}  // namespace snapq::io
