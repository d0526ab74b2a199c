// The place where an output is written: an open directory and a name in it.
//
// The directory is opened once, and everything after that happens in it by name. So an output stays in its
// place if another user, who may rename what lies on the way to it, puts something else there meanwhile.
#pragma once

#include <string>

#include "io/file_descriptor.hpp"

namespace snapq::io {

struct OutputPath {
    std::string target;          // as the user named it, for messages
    std::string directory_name;  // the one that contains it; "." when the target has none
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
// directory is missing or links go in circles.
OutputPath resolve_output(const std::string& target);

// The same for a name in an open directory; `target` is for messages.
OutputPath resolve_output_in(int directory, const std::string& name, const std::string& target);

// "cannot write TARGET: …"
[[noreturn]] void fail_writing(const std::string& target, int errno_value);
// UsageError "TARGET exists" with the hint about --force.
[[noreturn]] void fail_exists(const std::string& target);

// What the names of this output's temporaries begin with. Leftovers are found by it.
std::string temporary_prefix(const OutputPath& output);
inline constexpr std::string_view k_temporary_suffix = ".tmp";
inline constexpr std::string_view k_aside_suffix = ".old";

}  // namespace snapq::io
