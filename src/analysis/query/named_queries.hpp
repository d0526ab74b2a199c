// The ready-made questions of `query --named`. Their text is examples/queries/NAME.sql, built into the
// program.
#pragma once

#include <span>
#include <string_view>

#include "analysis/query/query.hpp"

namespace snapq::analysis {

struct NamedQuery {
    std::string_view name;
    std::string_view sql;

    // What its first line, a comment, says.
    [[nodiscard]] std::string_view description() const;
};

// Ordered by name.
[[nodiscard]] std::span<const NamedQuery> named_queries();

// Throws UsageError, with the name that is most alike as hint.
[[nodiscard]] const NamedQuery& named_query(std::string_view name);

// Refuses values for which the question `name` would answer nothing in silence: a device that the archive
// does not have, a moment that is none or that the question does not know. Throws UsageError.
void check_named_values(std::string_view name, std::span<const Parameter> parameters,
                        archive::Database& database);

}  // namespace snapq::analysis
