// Temporaries beside their target: `.NAME.snapq-PID.tmp`, locked by whoever writes them.
//
// The lock (flock) is how a later run tells a leftover from work in progress: a dead process holds no lock.
#pragma once

#include <sys/types.h>

#include <string>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::io {

// Permissions of a new file before the umask is taken off, and the bits that a replaced output keeps.
inline constexpr mode_t k_file_mode = 0666;
inline constexpr mode_t k_permission_bits = 0777;
// Names or files that are tried before the directory is taken for hostile.
inline constexpr int k_max_attempts = 1000;

// Where an output goes. A symlink is followed, like the shell's `>` does: the link stays, and what it points
// to is written, even when that does not exist yet.
struct OutputPath {
    std::string target;     // as the user named it, for messages
    std::string directory;  // that holds it; "." when none is named
    std::string name;       // in that directory

    [[nodiscard]] std::string path() const { return directory + "/" + name; }
    // A hidden name beside the target; `attempt` 0, 1, … until one is unused.
    [[nodiscard]] std::string temporary_path(int attempt) const;
    // Where an old directory is for the moment in which the target has none. Locked like a temporary.
    [[nodiscard]] std::string aside_path() const;
};

// Throws UsageError for an empty name and SystemError when the directory is missing or links go in circles.
OutputPath resolve_place(const std::string& target);

// "cannot write TARGET: …"
[[noreturn]] void fail_writing(const OutputPath& place, int errno_value);
// UsageError "TARGET exists" with the hint about --force.
[[noreturn]] void fail_exists(const OutputPath& place);

// A new temporary, registered for signal handlers and locked where the file system can lock. The owner
// removes it.
struct NamedTemporary {
    Fd fd;
    std::string path;
    RegisteredTemporary registration;
};
NamedTemporary create_temporary_file(const OutputPath& place);
NamedTemporary create_temporary_directory(const OutputPath& place);

// Keeps other runs from taking the file for a leftover. False when someone else holds the lock.
bool try_lock(int fd);

// Whether the name is one of the open file (symlinks are not followed).
bool is_same_file(int fd, const std::string& path);

// Removes the temporaries of this target that earlier runs left and nobody holds. An old directory that such
// a run had put aside becomes the target again if there is none. Never fails: it is only tidiness.
void remove_stale_temporaries(const OutputPath& place) noexcept;

// Removes the plain files of a directory and the directory; whatever else is in it stays.
void remove_flat_directory(const std::string& path) noexcept;

}  // namespace snapq::io
