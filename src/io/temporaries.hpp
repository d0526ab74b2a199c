// Temporaries in the directory of their target: `.NAME.snapq-PID.tmp`. The process that writes one locks it
// with flock. A later run recognises a leftover by the missing lock (io/leftovers), because a dead process
// holds no lock.
#pragma once

#include <sys/types.h>

#include <string>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"
#include "io/output_path.hpp"

namespace snapq::io {

// Permissions of a new file and directory before the umask is applied, and the bits that a replaced output
// keeps.
inline constexpr mode_t k_file_mode = 0666;
inline constexpr mode_t k_directory_mode = 0777;
inline constexpr mode_t k_permission_bits = 0777;
// The number of names that are tried before the run fails.
inline constexpr int k_max_attempts = 1000;

// A new temporary, registered with io/cleanup and locked where the file system supports locks. The caller
// removes it, and keeps the directory of the output open until then.
struct NamedTemporary {
    Fd fd;
    std::string name;  // in the directory of the output
    RegisteredTemporary registration;
};
NamedTemporary create_temporary_file(const OutputPath& output);
// It is empty when it is opened.
NamedTemporary create_temporary_directory(const OutputPath& output);

// Throws SystemError when another process has put something else under the name of our temporary. Nobody but
// another user in a shared folder does that.
void check_not_exchanged(int fd, const OutputPath& output, const std::string& temporary);

// Prevents other runs from taking the file for a leftover. Returns false when another process holds the lock.
bool try_lock(int fd);

}  // namespace snapq::io
