// Writes archives into a lake: a directory of Parquet files, TABLE/KEY=VALUE/…/NAME.parquet.
//
// Query engines are slow on many small files, so archives of one partition share the files of an export.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/archive_reader.hpp"
#include "exports/lake_directories.hpp"
#include "exports/lake_tables.hpp"

namespace snapq::exports {

// A format of `snapq export`.
struct Format {
    std::string_view name;  // of --format
    std::string_view description;
};

inline constexpr std::array k_formats{
    Format{"parquet", "tables for DuckDB, Spark, Trino, ClickHouse and other query engines, in a directory"},
};

// The tables that are always written, such as `archives`, and those whose names are in `requested`. Throws
// UsageError for a name that lake_tables() does not have.
[[nodiscard]] std::vector<const LakeTable*> tables_with(const std::vector<std::string>& requested);

struct LakeOptions {
    std::string directory;
    std::vector<const LakeTable*> tables;
};

struct LakeMember {
    std::string path;  // of the archive or snapshot
    std::string name;  // in column `archive`
    std::optional<std::int64_t> rank{};
};

// Archives whose rows have the same partition, with different names.
struct LakeGroup {
    std::vector<PartitionKey> partition;  // each key has a value
    std::vector<LakeMember> members;      // at least one

    // The name of the member, or "FIRST..LAST".
    [[nodiscard]] std::string name() const;
};

struct LakeFiles {
    std::int64_t files = 0;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
};

// The path of the group's file of table `archives`. It appears last, so a group is complete if it exists.
[[nodiscard]] std::string last_file_of(const LakeOptions& options, const LakeGroup& group);
// The name of the first table that has no file of the group; "" if all tables have one.
[[nodiscard]] std::string missing_table(const LakeOptions& options, const LakeGroup& group);

// Whether the group's file of table `archives`, which must exist, was written for exactly these archives and
// not for others between the same first and last one. Throws InputError if it cannot be read.
[[nodiscard]] bool holds_members(const LakeOptions& options, const LakeGroup& group);

// Opens the archive of a member.
using OpenMember = std::function<archive::ArchiveReader(const LakeMember&)>;

// Writes all tables of the group under temporary names, and then publishes the files, `archives` last. Files
// that the group has already, complete or left by an interrupted export, are replaced. Memory does not grow
// with the size or number of the archives. Throws the errors of `open`, of reading and of writing; the lake
// is unchanged then, or, if publishing itself failed, the group is incomplete.
LakeFiles write_group(const LakeOptions& options, const LakeGroup& group, const OpenMember& open);

}  // namespace snapq::exports
