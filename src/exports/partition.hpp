// The directory of an archive's files in a lake: `job=nightly-42/rank=3`, in the form that Hive, Spark,
// DuckDB and others read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::exports {

struct PartitionKey {
    std::string name;
    std::optional<std::string> value{};  // nullopt: taken from each archive

    friend bool operator==(const PartitionKey&, const PartitionKey&) = default;
};

// "job=nightly-42,rank": a key with a value is the same for all archives; the value of a key without one is
// taken from each archive. Throws UsageError if a name is empty, is used twice, has other characters than
// letters, digits, '_', '-' and '.', or is that of a column of the tables.
[[nodiscard]] std::vector<PartitionKey> parse_partition(std::string_view text);

// The names of the directories: "KEY=VALUE" for each key. Characters of values that have a meaning in paths
// are written as %XX, as Hive does; readers decode them. All keys must have a value.
[[nodiscard]] std::vector<std::string> partition_names(const std::vector<PartitionKey>& keys);

// The same as one path, without a slash at the ends; empty without keys.
[[nodiscard]] std::string partition_path(const std::vector<PartitionKey>& keys);

}  // namespace snapq::exports
