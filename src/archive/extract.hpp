// Unpacks an archive into a folder that SnapViewer opens with --dir.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"

namespace snapq::archive {

struct ExtractOptions {
    std::optional<std::int64_t>
        device;          // becomes the viewer device: its timeline is written, view `allocs` shows it
    bool force = false;  // replaces files that are there
};

// Writes allocations.json and elements.db to `folder`, which is created when it is missing; both appear or
// neither does. Returns their paths. Throws UsageError for a device that the archive does not have and for
// files that are there already, InputError for damage, SystemError when the folder cannot be written.
std::vector<std::string> extract_archive(const ArchiveReader& archive, const std::string& folder,
                                         const ExtractOptions& options = {});

}  // namespace snapq::archive
