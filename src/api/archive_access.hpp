// Gives the other files of the public interface access to the reader inside an Archive.
#pragma once

#include <memory>

#include "archive/archive_reader.hpp"
#include "snapq/archive.hpp"

namespace snapq {

struct Archive::Impl {
    archive::ArchiveReader reader;
};

struct ArchiveAccess {
    // Throws UsageError when the archive was moved from. The reader lives as long as `archive`.
    [[nodiscard]] static const archive::ArchiveReader& reader(const Archive& archive);
    // The same reader, for objects that may outlive `archive`.
    [[nodiscard]] static std::shared_ptr<const archive::ArchiveReader> shared_reader(const Archive& archive);
};

}  // namespace snapq
