#include "analysis/categories.hpp"

#include <fmt/format.h>

#include "analysis/category_rules.hpp"
#include "analysis/row_access.hpp"
#include "report/category.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

std::vector<std::string> category_names() {
    return {report::k_category_names.begin(), report::k_category_names.end()};
}

std::optional<std::vector<report::CategoryBytes>> categories_at(archive::Database& database,
                                                                std::int64_t device,
                                                                std::string_view moment) {
    if (!database.has_column("allocations", "category")) return std::nullopt;
    archive::Query rows = database.prepare(fmt::format(
        "SELECT abbreviate(category), bytes, count, older_bytes, older_count FROM category_totals "
        "WHERE {} AND moment = ?2 ORDER BY bytes DESC, category",
        rows_of_device(database, "category_totals", device)));
    rows.bind(1, device);
    rows.bind(2, moment);
    std::vector<report::CategoryBytes> categories;
    while (rows.next()) {
        categories.push_back({rows.text(0), rows.integer(1), rows.integer(2),
                              report::OlderPart{rows.integer(3), rows.integer(4)}});
    }
    return categories;
}

std::vector<report::CategoryBytes> categories_in(const report::LiveRows& live) {
    std::vector<report::CategoryBytes> categories;
    for (const report::LiveRow& row : live.rows)
        categories.push_back({row.key, row.bytes, row.count, row.older});
    return categories;
}

std::vector<report::CategoryBytes> ruled_categories_at(archive::Database& database, std::int64_t device,
                                                       const LiveAt& at, Grouping grouping,
                                                       std::vector<bool>& used_rules) {
    grouping.by = KeyKind::category;
    const report::LiveRows live = live_rows(database, device, at, grouping);
    merge_matches(used_rules, live.used_rules);
    return categories_in(live);
}

void require_column_of_phases(archive::Database& database, std::string_view table, std::string_view column,
                              std::string_view what) {
    if (database.has_column(table, column)) return;
    InputError error(fmt::format("has no {}, because an earlier version of snapq wrote it", what));
    error.with_hint("convert the snapshot again with this version");
    throw error;
}

}  // namespace snapq::analysis
