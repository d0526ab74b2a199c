// What questions about an archive share: values that may be missing (columns that may be NULL, and keys of
// table `meta`), and errors about an archive's content, in the same words everywhere.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"
#include "report/figures.hpp"
#include "support/devices.hpp"
#include "support/error.hpp"
#include "support/untrusted_text.hpp"

namespace snapq::analysis {

// "there is no device 7 in this archive; its devices: 0, 3". `present`: the devices of the archive, in their
// order.
[[nodiscard]] inline UsageError no_such_device(std::int64_t wanted,
                                               const std::vector<std::int64_t>& present) {
    constexpr std::size_t k_most_named = 8;
    if (present.empty()) {
        return UsageError(
            fmt::format("there is no device {} in this archive, which has no devices", device_name(wanted)));
    }
    const auto names = device_names(std::span(present).first(std::min(present.size(), k_most_named)));
    return UsageError(fmt::format("there is no device {} in this archive; its devices: {}{}",
                                  device_name(wanted), fmt::join(names, ", "),
                                  present.size() > k_most_named ? ", …" : ""));
}

// Calls `work`, which reads one archive, and adds the archive's name to an error that does not have it. If
// archive::with_own_sql is used too, `work` must call it, because it turns SQL errors into the errors that
// are caught here.
template <typename Work>
decltype(auto) naming_archive(const std::string& archive, Work&& work) {
    try {
        return work();
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", archive, error.what())).with_hint(error.hint());
    } catch (const InputError& error) {
        throw error.in_file(archive);
    }
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
