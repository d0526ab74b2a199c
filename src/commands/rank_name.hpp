// The rank that a file's name tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace snapq::commands {

// "rank0_mem.pickle", "mem_rank-2.pickle", "rank_07.pkl", "snapshot_3.pickle" (base names, any case). nullopt
// when there is none.
[[nodiscard]] std::optional<std::int64_t> rank_of_name(const std::string& base_name);

// By a pattern of the user's (RE2) whose first group is the number. Throws UsageError when the pattern is no
// regular expression or has no group.
[[nodiscard]] std::optional<std::int64_t> rank_by_pattern(const std::string& base_name,
                                                          const std::string& pattern);

}  // namespace snapq::commands
