// Columns that may be NULL.
#pragma once

#include <optional>
#include <string>

#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"

namespace snapq::analysis {

[[nodiscard]] inline report::MaybeInteger maybe_integer(const archive::Query& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return row.integer(column);
}

[[nodiscard]] inline std::optional<std::string> maybe_text(const archive::Query& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return std::string(row.text(column));
}

inline void bind_maybe(archive::Query& query, int parameter, report::MaybeInteger value) {
    value ? query.bind(parameter, *value) : query.bind_null(parameter);
}

}  // namespace snapq::analysis
