// An output directory of plain files (`convert --layout dir`) that appears whole or not at all.
//
// It is built as a hidden, locked `.NAME.snapq-PID.tmp` beside the target and renamed at the end; a signal
// handler or the next run for the same target removes what a killed run leaves.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/cleanup.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::io {

struct OutputPath;

class OutputDirectory {
public:
    // Says whether a file of an old directory is one that snapq writes.
    using IsOurs = std::function<bool(std::string_view name)>;

    // An existing empty directory is taken as it is. With `force` a directory is replaced too, but only when
    // it holds nothing but plain files that `is_ours` accepts: --force on a mistyped name must not remove a
    // stranger's data. Its permissions are kept. Throws UsageError when the target exists otherwise,
    // SystemError when its parent is missing or not writable.
    OutputDirectory(const std::string& target, bool force, IsOurs is_ours);
    OutputDirectory(const OutputDirectory&) = delete;
    OutputDirectory& operator=(const OutputDirectory&) = delete;
    // Without a commit nothing remains.
    ~OutputDirectory();

    // A new file of the directory, open for reading and writing. `name` has no slash and is new. SystemError.
    [[nodiscard]] Fd create(const std::string& name);

    // "TARGET/NAME", for messages about a file.
    [[nodiscard]] std::string display_path(const std::string& name) const;

    // Makes the directory appear. Call it once, last, when every file is written. Throws UsageError when
    // someone else made the target meanwhile and `force` is false, SystemError when the file system refuses.
    void commit();

private:
    void inspect_target();
    void check_replaceable() const;
    void prepare_replacing() const;
    void replace();

    std::unique_ptr<const OutputPath> m_place;
    bool m_force;
    IsOurs m_is_ours;
    std::optional<mode_t> m_mode_of_old;  // of the directory that is replaced
    Fd m_lock;
    std::string m_temporary;  // path; empty once committed
    RegisteredTemporary m_registration;
    std::vector<std::string> m_names;
    std::vector<RegisteredTemporary> m_file_registrations;
};

}  // namespace snapq::io
