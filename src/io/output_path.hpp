// The place where an output is written: an open directory and a name in it, or a directory for several
// outputs; and the entries of such a directory.
//
// The directory is opened once, and everything after that happens in it by name. So an output stays in its
// directory even if another user, who may rename a part of the path, puts something else there meanwhile.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::io {

struct OutputPath {
    std::string target;          // as the user named it, for messages
    std::string directory_name;  // the directory that contains it; "." when the target names none
    Fd directory;                // the same, opened with O_PATH
    std::string name;            // in that directory; not a symlink when it was resolved

    // A hidden name in the same directory. The caller tries `attempt` 0, 1, … until a name is unused.
    [[nodiscard]] std::string temporary_name(int attempt) const;
    // The name that the old directory has during the moment without a target. It is locked like a temporary.
    [[nodiscard]] std::string aside_name() const;
};

// A symlink at the end of the target is followed, as the shell's `>` does: the link stays, and the file that
// it points to is written or created. A link of another user (other than root) is refused, because it could
// lead to files that only we may write. Throws UsageError for an empty name and SystemError when the
// directory is missing or the links form a circle.
OutputPath resolve_output(const std::string& target);

// The same for a name in an open directory; `target` is for messages.
OutputPath resolve_output_in(int directory, const std::string& name, const std::string& target);

// "cannot write TARGET: …"
[[noreturn]] void fail_writing(const std::string& target, int errno_value);
// UsageError "TARGET exists" with the hint about --force.
[[noreturn]] void fail_exists(const std::string& target);

// The beginning of the names of this output's temporaries. Leftovers of earlier runs are found by it.
std::string temporary_prefix(const OutputPath& output);
inline constexpr std::string_view k_temporary_suffix = ".tmp";
inline constexpr std::string_view k_aside_suffix = ".old";

// A directory that several outputs are written into (`extract -d DIR`, `export -o LAKE`). It is opened, and
// created when it does not exist. A directory that was created here is removed again by the destructor or by
// the signal thread, unless keep() was called or the directory holds something by then.
class TargetDirectory {
public:
    // A symlink is followed unless another user made it. Throws SystemError when the directory cannot be
    // opened.
    explicit TargetDirectory(const std::string& target);
    // The directory of this name in another one, which must outlive it.
    TargetDirectory(const TargetDirectory& parent, const std::string& name);
    TargetDirectory(const TargetDirectory&) = delete;
    TargetDirectory& operator=(const TargetDirectory&) = delete;
    ~TargetDirectory();

    [[nodiscard]] int fd() const { return m_fd.get(); }
    // "TARGET/NAME", for messages about a file.
    [[nodiscard]] std::string display_path(const std::string& name) const;
    void keep();
    // Removes a file; does nothing if there is no file of this name, or a symlink. Throws SystemError.
    void remove_file(const std::string& name) const;

private:
    explicit TargetDirectory(OutputPath output);

    std::unique_ptr<const OutputPath> m_output;
    Fd m_fd;
    bool m_is_temporary = false;
    RegisteredTemporary m_registration;
};

// ---- entries of an open directory ----

// Each function takes the descriptor of the directory and a single name, and follows no symlinks, so it does
// not matter if another user changes the path to the directory.

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
