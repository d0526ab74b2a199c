// An output directory of plain files (`convert --layout dir`) that appears complete or not at all.
//
// It is built as a hidden, locked `.NAME.snapq-PID.tmp` in the directory of the target and renamed at the
// end. The signal thread, or the next run for the same target, removes what an interrupted run leaves.
#pragma once

#include <sys/types.h>

#include <cstdint>
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

// How to recognise a directory that snapq wrote.
struct OwnDirectory {
    // Whether snapq writes a file of this name into such a directory.
    std::function<bool(std::string_view name)> is_file_name;
    // The name of the file that each such directory has, and whether snapq wrote the text of that file.
    std::string manifest;
    std::function<bool(std::string_view text)> is_manifest;
    std::uint64_t most_manifest_bytes = 0;  // a larger file is not ours
};

class OutputDirectory {
public:
    // An existing empty directory is accepted. With `force` another directory is replaced too, but only one
    // that snapq wrote and that holds nothing else, so that --force on a mistyped name does not remove other
    // data. If it is ours, its permissions are kept. Throws UsageError when the target exists and may not be
    // replaced, SystemError when its parent is missing or not writable.
    OutputDirectory(const std::string& target, bool force, OwnDirectory kind);
    OutputDirectory(const OutputDirectory&) = delete;
    OutputDirectory& operator=(const OutputDirectory&) = delete;
    // Removes the directory unless it was committed.
    ~OutputDirectory();

    // Creates a file in the directory, open for reading and writing. `name` contains no slash and is not used
    // yet. Throws SystemError.
    [[nodiscard]] Fd create(const std::string& name);

    // "TARGET/NAME", for messages about a file.
    [[nodiscard]] std::string display_path(const std::string& name) const;

    // Makes the directory appear. Call it once, after all files are written. Throws UsageError when the
    // target was created meanwhile and `force` is false, SystemError when the file system refuses.
    void commit();

private:
    void inspect_target();
    void inspect_directory(int directory);
    // The names in a directory. Throws UsageError if one of them is not that of a file of ours.
    [[nodiscard]] std::vector<std::string> our_files(int directory) const;
    // The same, and it must have a manifest of ours unless it is empty.
    void check_replaceable(int directory) const;
    [[nodiscard]] bool is_replaceable(int directory) const noexcept;
    [[nodiscard]] bool has_our_manifest(int directory) const;
    void prepare_replacing() const;
    void remove_mark() const;
    void replace();
    void remove_exchanged();
    // Removes what was the target and now has this name. Throws if it is not ours.
    void remove_replaced(const std::string& name) const;
    void remove_put_aside(const std::string& name) const noexcept;
    void replace_step_by_step();

    std::unique_ptr<const OutputPath> m_output;
    bool m_force;
    OwnDirectory m_kind;
    std::optional<mode_t> m_mode_of_old;  // of a directory of ours that is replaced
    bool m_replaces = false;              // a directory that is not empty
    bool m_is_marked = false;             // it holds k_unfinished_mark until it is complete
    Fd m_lock;                            // the temporary directory
    std::string m_temporary;              // its name; empty once committed
    RegisteredTemporary m_registration;
    std::vector<std::string> m_names;
    std::vector<RegisteredTemporary> m_file_registrations;
};

}  // namespace snapq::io
