// The ready-made questions of `query --named`. Their text is examples/queries/NAME.sql, built into the
// program.
#pragma once

#include <span>
#include <string_view>

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

}  // namespace snapq::analysis
