// Where a lake has the files of an archive: `job=nightly-42/rank=3`, as Hive, Spark, DuckDB and others read
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::exports {

struct PartitionKey {
    std::string name;
    std::optional<std::string> value{};  // nullopt: each archive has its own

    friend bool operator==(const PartitionKey&, const PartitionKey&) = default;
};

// "job=nightly-42,rank": keys with a value for all archives, and keys whose value each archive has. Throws
// UsageError if a name is empty, is used twice, has other characters than letters, digits, '_', '-' and '.',
// or is that of a column of the tables.
[[nodiscard]] std::vector<PartitionKey> parse_partition(std::string_view text);

// "KEY=VALUE/KEY=VALUE", without a slash at the ends; empty without keys. Characters of values that have a
// meaning in paths are written as %XX, as Hive does; readers undo that. All keys have a value.
[[nodiscard]] std::string partition_path(const std::vector<PartitionKey>& keys);

}  // namespace snapq::exports
