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
#include "exports/lake_tables.hpp"
#include "exports/partition.hpp"

namespace snapq::exports {

// A format of `snapq export`.
struct Format {
    std::string_view name;  // of --format
    std::string_view description;
};

inline constexpr std::array k_formats{
    Format{"parquet", "tables for DuckDB, Spark, Trino, ClickHouse and other query engines, in a directory"},
};

// Table `archives` and the other tables that are written without a request, and those requested: names of
// lake_tables(). Throws UsageError for another name.
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
    std::vector<PartitionKey> partition;  // all with values
    std::vector<LakeMember> members;      // at least one

    // The name of the member, or "FIRST..LAST".
    [[nodiscard]] std::string name() const;
};

struct LakeFiles {
    std::int64_t files = 0;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
};

// The file of the group that appears last, that of table `archives`. A group is complete if it exists.
[[nodiscard]] std::string last_file_of(const LakeOptions& options, const LakeGroup& group);
// The first of the tables that has no file of the group; "" if all have.
[[nodiscard]] std::string missing_table(const LakeOptions& options, const LakeGroup& group);

// Opens the archive of a member.
using OpenMember = std::function<archive::ArchiveReader(const LakeMember&)>;

// Writes all tables of the group, and then gives them their names, `archives` last: a group whose file of
// this table exists is complete. Other files of the group are what an interrupted export left, and are
// replaced, like files of the group that is there already. Memory does not grow with the archives or their
// number. Throws what `open`, reading and writing throw; then the lake is as it was.
LakeFiles write_group(const LakeOptions& options, const LakeGroup& group, const OpenMember& open);

}  // namespace snapq::exports
