// Temporaries in the directory of their target: `.NAME.snapq-PID.tmp`. The process that writes one locks it
// with flock. A later run recognises a leftover by the missing lock, because a dead process holds no lock.
#pragma once

#include <sys/types.h>

#include <string>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::io {

// Permissions of a new file before the umask is applied, and the bits that a replaced output keeps.
inline constexpr mode_t k_file_mode = 0666;
inline constexpr mode_t k_permission_bits = 0777;
// The number of names that are tried before the run fails.
inline constexpr int k_max_attempts = 1000;

// Where an output is written. A symlink is followed, as the shell's `>` does: the link stays, and the file
// that it points to is written or created.
struct OutputPath {
    std::string target;     // as the user named it, for messages
    std::string directory;  // the one that contains it; "." when the target has none
    std::string name;       // in that directory

    [[nodiscard]] std::string path() const { return directory + "/" + name; }
    // A hidden name in the same directory. The caller tries `attempt` 0, 1, … until a name is unused.
    [[nodiscard]] std::string temporary_path(int attempt) const;
    // The name of the old directory during the moment in which the target does not exist. Locked like a
    // temporary.
    [[nodiscard]] std::string aside_path() const;
};

// Throws UsageError for an empty name and SystemError when the directory is missing or links go in circles.
OutputPath resolve_output(const std::string& target);

// "cannot write TARGET: …"
[[noreturn]] void fail_writing(const OutputPath& output, int errno_value);
// UsageError "TARGET exists" with the hint about --force.
[[noreturn]] void fail_exists(const OutputPath& output);

// A new temporary, registered with io/cleanup and locked where the file system supports locks. The caller
// removes it.
struct NamedTemporary {
    Fd fd;
    std::string path;
    RegisteredTemporary registration;
};
NamedTemporary create_temporary_file(const OutputPath& output);
NamedTemporary create_temporary_directory(const OutputPath& output);

// Prevents other runs from taking the file for a leftover. Returns false when another process holds the lock.
bool try_lock(int fd);

// Whether `path` is a name of the open file. Symlinks are not followed.
bool is_same_file(int fd, const std::string& path);

// Removes the temporaries of this target that earlier runs left and no process has locked. If such a run
// moved the old directory aside and the target does not exist, the old directory is restored. Failures are
// ignored.
void remove_stale_temporaries(const OutputPath& output) noexcept;

// Removes the plain files of a directory, then the directory if it is empty.
void remove_flat_directory(const std::string& path) noexcept;

}  // namespace snapq::io
