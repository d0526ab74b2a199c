// The ranks of a job: the archives of a directory with the rank of each, and the rank and the labels that a
// scheduler gives a process in its environment, for --rank-from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/archive_reader.hpp"

namespace snapq::commands {

// The path with the name that the file or directory has in its directory at the end: "ranks/rank3" for
// "ranks/rank3/", and "/home/ada/ranks" for "." there.
[[nodiscard]] std::filesystem::path path_with_own_name(const std::string& path);
// This name alone.
[[nodiscard]] std::string own_name(const std::string& path);

// The rank in a file name without its directory, in any case: "rank0_mem.pickle", "mem_rank-2.pickle",
// "rank_07.pkl", "snapshot_3.pickle". nullopt when there is none.
[[nodiscard]] std::optional<std::int64_t> rank_of_name(const std::string& base_name);

// The number in the first group of the user's pattern (RE2); nullopt when the name does not match. Throws
// UsageError when the pattern is not a regular expression or has no group.
[[nodiscard]] std::optional<std::int64_t> rank_by_pattern(const std::string& base_name,
                                                          const std::string& pattern);

// The rank that the archive's manifest records, otherwise the one in its name.
[[nodiscard]] std::optional<std::int64_t> rank_of(const archive::ArchiveReader& archive);

// Whether `path` is a directory that is not an archive itself, so it contains the archives of a job.
[[nodiscard]] bool is_rank_directory(const std::string& path);

// Whether snapshots that have not been converted yet are included. Commands that can use only archives leave
// them out.
enum class Unconverted { taken, left_out };

// The archives of a directory of ranks: zip files, directories with a database, and pickles that have no
// archive beside them. If there are none of these, snapshots of any kind. They are ordered by the rank in the
// name, then by name, where numbers are compared by value. Throws InputError if there is none or the
// directory cannot be read.
[[nodiscard]] std::vector<std::string> archives_in(const std::string& directory,
                                                   Unconverted unconverted = Unconverted::taken);

// `paths` with each directory of ranks replaced by the archives in it.
[[nodiscard]] std::vector<std::string> expand_archive_arguments(const std::vector<std::string>& paths,
                                                                Unconverted unconverted = Unconverted::taken);

// The value of a variable of the environment; null if there is none.
using Environment = std::function<const char*(const char* name)>;

struct ScheduledRank {
    std::int64_t rank = 0;
    // job, array_task, host, local_rank: those that the environment has.
    std::map<std::string, std::string> labels;
};

// `source` is slurm, mpi, auto or env:NAME. Throws UsageError for any other source, if none of its variables
// exists, and if the variable is not a number from 0.
[[nodiscard]] ScheduledRank scheduled_rank(const std::string& source, const Environment& environment);

}  // namespace snapq::commands
