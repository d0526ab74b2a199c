// Columns that may be NULL.
#pragma once

#include <fmt/format.h>

#include <cstdint>
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

// A condition for the rows of device ?1 in a table that has no index; `alias` is the name of the table in the
// query.
[[nodiscard]] inline std::string rows_of_device(archive::Database& database, const std::string& table,
                                                std::int64_t device, const std::string& alias = "") {
    const std::string prefix = alias.empty() ? "" : alias + ".";
    const std::string condition = prefix + "device = ?1";
    const auto rows = database.rowids_of(table, device);
    if (!rows) return condition;
    return fmt::format("{} AND {}rowid BETWEEN {} AND {}", condition, prefix, rows->first, rows->last);
}

inline void bind_maybe(archive::Query& query, int parameter, report::MaybeInteger value) {
    value ? query.bind(parameter, *value) : query.bind_null(parameter);
}

}  // namespace snapq::analysis
