// The rank and the labels that a scheduler gives a process in its environment, for --rank-from.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace snapq::commands {

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
