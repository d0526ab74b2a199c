// The directories of a lake that an export writes into, and their names: `job=nightly-42/rank=3`, in the form
// that Hive, Spark, DuckDB and others read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/output_path.hpp"

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

// Opens each directory once, and its files and directories by their names in it, so that nothing is written
// outside the lake, whatever another user puts under a name. Directories that did not exist are removed again
// by the destructor or by a signal, unless they are kept or hold something.
class LakeDirectories {
public:
    // Creates the directory of the lake and those above it where necessary. Throws SystemError.
    explicit LakeDirectories(const std::string& lake);
    LakeDirectories(const LakeDirectories&) = delete;
    LakeDirectories& operator=(const LakeDirectories&) = delete;
    ~LakeDirectories();

    // The directory below the lake that is reached by these names, one in another. It lives as long as this
    // object. Throws SystemError.
    const io::TargetDirectory& open(const std::vector<std::string>& names);
    void keep();

private:
    const io::TargetDirectory* open_with_parents(const std::string& directory);

    std::vector<std::unique_ptr<io::TargetDirectory>> m_directories;  // each after the one that it is in
    const io::TargetDirectory* m_lake;  // initialized after m_directories, which owns it
};

}  // namespace snapq::exports
