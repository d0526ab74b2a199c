// What an archive consists of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"

namespace snapq::archive {

struct TableInfo {
    std::string name;
    bool is_view = false;
    std::optional<std::int64_t> rows;  // of tables; a view may be as slow as the question it stands for
};

struct ArchiveInfo {
    std::string path;
    ArchiveKind kind = ArchiveKind::snapq_zip;
    std::uint64_t bytes = 0;  // on disk
    std::vector<ContainedEntry> entries;
    std::vector<TableInfo> tables;  // in the order in which they were made
};

// Facts of the manifest stand in archive.manifest(). Reads no more of the database than counting takes; rows
// of `allocations` are taken from table devices, where they stand ready.
[[nodiscard]] ArchiveInfo describe_archive(const ArchiveReader& archive);

}  // namespace snapq::archive
