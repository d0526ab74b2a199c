// Questions in SQL to one or several archives.
//
//     QuerySession session(archive);
//     for (ResultRows& rows : session.prepare(sql, parameters)) {
//         while (rows.next()) use(rows.cells());
//     }
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "archive/archive_reader.hpp"
#include "archive/sqlite/database.hpp"
#include "report/cell.hpp"

namespace snapq::analysis {

// A value for `:name` in SQL.
struct Parameter {
    std::string name;  // without the colon
    std::variant<std::int64_t, double, std::string> value;
};

// "NAME=VALUE": an integer, else a real number, else text; quotes of either kind around VALUE force text and
// are dropped. Throws UsageError.
[[nodiscard]] Parameter parse_parameter(std::string_view text);

// The rows of one statement, computed as they are asked for. Must not outlive its session.
class ResultRows {
public:
    explicit ResultRows(archive::Query query);

    [[nodiscard]] const std::vector<std::string>& columns() const { return m_columns; }
    // False after the last row. Throws what archive::Query throws.
    [[nodiscard]] bool next();
    // Of the row it stands at; valid until the next one.
    [[nodiscard]] std::span<const report::Cell> cells() const { return m_cells; }

private:
    archive::Query m_query;
    std::vector<std::string> m_columns;
    std::vector<report::Cell> m_cells;
};

enum class MissingParameters : std::uint8_t { refused, are_null };

// An open archive, to which more can be attached, with snapq's SQL functions. One thread at a time, but for
// interrupt().
class QuerySession {
public:
    explicit QuerySession(const archive::ArchiveReader& archive);
    QuerySession(const QuerySession&) = delete;
    QuerySession& operator=(const QuerySession&) = delete;

    // Makes the archive's tables visible as NAME.table. Throws UsageError for a name that is taken, and for
    // the eleventh.
    void attach(const std::string& name, const archive::ArchiveReader& archive);

    // All statements of `sql` that give rows, compiled before the first one runs. A parameter that none of
    // them uses is a UsageError, and so is one without a value unless it may be NULL. Throws SqlError, its
    // offset counted in `sql`, and UsageError when there is no statement in it.
    [[nodiscard]] std::vector<ResultRows> prepare(std::string_view sql,
                                                  std::span<const Parameter> parameters = {},
                                                  MissingParameters missing = MissingParameters::refused);

    [[nodiscard]] archive::Database& database() { return m_database; }

private:
    [[nodiscard]] archive::SqlError explained(archive::SqlError error);

    archive::Database m_database;
};

}  // namespace snapq::analysis
