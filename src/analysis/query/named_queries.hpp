// The built-in queries of `query --named`. Each is a file examples/queries/NAME.sql, which the build embeds;
// a new file is a new query. Its first line is a comment with the description. If there is a file
// NAME.at.sql, it is run instead when the parameter `at` is given: its columns are about that moment, those
// of NAME.sql about the peak or the end.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/query/query.hpp"

namespace snapq::analysis {

struct NamedQuery {
    std::string_view name;
    std::string_view sql;
    std::string_view at_sql;  // empty: `sql` itself takes the parameter `at`, or there is no such parameter

    // The first line of `sql` without its comment marks.
    [[nodiscard]] std::string_view description() const;
    // The names of the parameters, such as "at, device, top".
    [[nodiscard]] std::string parameters() const;
};

// A named query with its parameters.
struct NamedStatement {
    std::string_view sql;
    // The moment `at` is written as text_of(Moment) writes it, because the SQL compares it with stored names.
    std::vector<Parameter> parameters;
};

// Throws UsageError if `at` is not a moment.
[[nodiscard]] NamedStatement named_statement(const NamedQuery& query, std::vector<Parameter> parameters);

// Ordered by name.
[[nodiscard]] std::span<const NamedQuery> named_queries();

// Throws UsageError for an unknown name; the hint has the most similar name.
[[nodiscard]] const NamedQuery& named_query(std::string_view name);

// Throws UsageError for values with which the query would silently return no rows: a device that the archive
// does not have, and a moment that no wanted device has; InputError for a moment of a kind that no wanted
// device has. `parameters` are those of a NamedStatement.
void check_named_values(std::span<const Parameter> parameters, archive::Database& database);

}  // namespace snapq::analysis
