// The built-in queries of `query --named`. Each is a file examples/queries/NAME.sql, which the build embeds;
// a new file is a new query. Its first line is a comment with the description.
#pragma once

#include <span>
#include <string_view>

#include "analysis/query/query.hpp"

namespace snapq::analysis {

struct NamedQuery {
    std::string_view name;
    std::string_view sql;

    // The first line of `sql` without its comment marks.
    [[nodiscard]] std::string_view description() const;
};

// Ordered by name.
[[nodiscard]] std::span<const NamedQuery> named_queries();

// Throws UsageError for an unknown name; the hint has the most similar name.
[[nodiscard]] const NamedQuery& named_query(std::string_view name);

// Throws UsageError for values with which the query would silently return no rows: a device that the archive
// does not have, a text that is not a moment, or a moment for which nothing is stored although the query
// reads only stored moments.
void check_named_values(const NamedQuery& query, std::span<const Parameter> parameters,
                        archive::Database& database);

}  // namespace snapq::analysis
