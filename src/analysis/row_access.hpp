// Values that may be missing: columns that may be NULL, and keys of table `meta`.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"
#include "support/untrusted_text.hpp"

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
    std::string condition = prefix + "device = ?1";
    const auto rows = database.rowids_of(table, device);
    if (!rows) return condition;
    return fmt::format("{} AND {}rowid BETWEEN {} AND {}", condition, prefix, rows->first, rows->last);
}

// The value of a key of table `meta`; empty where the archive does not have the key.
[[nodiscard]] inline UntrustedText meta_text(archive::Database& database, std::string_view key) {
    archive::Query row = database.prepare("SELECT abbreviate(value) FROM meta WHERE key = ?1");
    row.bind(1, key);
    return row.next() ? row.text(0) : std::string_view();
}

inline void bind_maybe(archive::Query& query, int parameter, report::MaybeInteger value) {
    value ? query.bind(parameter, *value) : query.bind_null(parameter);
}

}  // namespace snapq::analysis
