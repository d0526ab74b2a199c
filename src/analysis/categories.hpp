// Live memory by category: the categories of an archive, as the conversion prepared them, and those of the
// user's rules, which come first. Archives of earlier versions have no categories of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/category_rules.hpp"
#include "analysis/live_rows.hpp"
#include "analysis/row_groups.hpp"
#include "archive/sqlite/database.hpp"
#include "report/summary.hpp"

namespace snapq::analysis {

// "parameter", "gradient", …: the words of docs/categories.md.
[[nodiscard]] std::vector<std::string> category_names();

// The live bytes of each category at a moment that the conversion prepared (start, peak, reserved-peak, end,
// oom:N), the most bytes first. nullopt if the archive has no categories. Throws InputError for a damaged
// archive.
[[nodiscard]] std::optional<std::vector<report::CategoryBytes>> categories_at(archive::Database& database,
                                                                              std::int64_t device,
                                                                              std::string_view moment);

// The rows of live_rows() for KeyKind::category.
[[nodiscard]] std::vector<report::CategoryBytes> categories_in(const report::LiveRows& live);

// The same at any moment, by the rules of `grouping`, whose key is not used. `used_rules` receives, for each
// rule, whether it decided the category of any allocation.
[[nodiscard]] std::vector<report::CategoryBytes> ruled_categories_at(archive::Database& database,
                                                                     std::int64_t device, const LiveAt& at,
                                                                     Grouping grouping,
                                                                     std::vector<bool>& used_rules);

// Throws InputError if the archive lacks the column. The message says that `what` ("categories", "phases") is
// missing, and what to do.
void require_column_of_phases(archive::Database& database, std::string_view table, std::string_view column,
                              std::string_view what);

// Adds the categories to `groups`, and returns which rules decided something. At a moment that the conversion
// prepared, table `live_stacks` has what rules for stacks need. Otherwise, and if a rule looks at sizes,
// streams or metadata, the allocations are read once, summed by stack, category and what else the rules look
// at. Patterns are only compared with these few sums. Throws InputError for an archive without categories.
[[nodiscard]] std::vector<bool> add_ruled_categories(archive::Database& database, std::int64_t device,
                                                     const LiveAt& at, const CategoryRules& rules,
                                                     RowGroups& groups);

}  // namespace snapq::analysis
