// Unpacks an archive into a directory that SnapViewer opens with --dir.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"

namespace snapq::archive {

struct ExtractOptions {
    std::optional<std::int64_t> device;  // becomes the viewer device, of the timeline and of view `allocs`
    bool force = false;                  // replaces existing files
};

// Writes allocations.json and elements.db to `directory`, which is created when it does not exist. Either
// both files appear or none. Returns their paths. Throws UsageError when the archive does not have the device
// or a file exists, InputError when the archive is damaged, SystemError when the directory cannot be written.
std::vector<std::string> extract_archive(const ArchiveReader& archive, const std::string& directory,
                                         const ExtractOptions& options = {});

}  // namespace snapq::archive
