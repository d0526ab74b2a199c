// Live memory by category, where the user's rules come before the categories of the archive.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/category_rules.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/row_groups.hpp"
#include "archive/sqlite/database.hpp"

namespace snapq::analysis {

// Adds the categories to `groups`, and returns which rules decided something. At a moment that the conversion
// prepared, table `live_stacks` has what rules for stacks need. Otherwise, and if a rule looks at sizes,
// streams or metadata, the allocations are read once, summed by stack, category and what else the rules look
// at. Patterns are only compared with these few sums. Throws InputError for an archive without categories.
[[nodiscard]] std::vector<bool> add_ruled_categories(archive::Database& database, std::int64_t device,
                                                     const LiveAt& at, const CategoryRules& rules,
                                                     RowGroups& groups);

}  // namespace snapq::analysis
