// Runs SQL on one or several archives.
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
    std::string name;                                                       // without the colon
    std::variant<std::monostate, std::int64_t, double, std::string> value;  // std::monostate: NULL
};

// "NAME=VALUE". VALUE is NULL (in capitals), an integer, else a real number, else text. Single or double
// quotes around it make it text and are removed. Throws UsageError for any other form.
[[nodiscard]] Parameter parse_parameter(std::string_view text);

// The value without quotes.
[[nodiscard]] std::string text_of(const Parameter& parameter);

// The rows of one statement; each is computed when next() is called. It must not outlive its session.
class ResultRows {
public:
    explicit ResultRows(archive::Query query);

    [[nodiscard]] const std::vector<std::string>& columns() const { return m_columns; }
    // False after the last row. Throws what archive::Query throws.
    [[nodiscard]] bool next();
    // The cells of the current row, valid until next() is called.
    [[nodiscard]] std::span<const report::Cell> cells() const { return m_cells; }

private:
    archive::Query m_query;
    std::vector<std::string> m_columns;
    std::vector<report::Cell> m_cells;
};

enum class MissingParameters : std::uint8_t { refused, are_null };

// An open archive with snapq's SQL functions, to which more archives can be attached. Use it in one thread at
// a time; only Database::interrupt() may be called from another one.
class QuerySession {
public:
    explicit QuerySession(const archive::ArchiveReader& archive);
    QuerySession(const QuerySession&) = delete;
    QuerySession& operator=(const QuerySession&) = delete;

    // Makes the archive's tables available as NAME.table. Throws UsageError if the name is used already, for
    // the names `python` and `all`, which callstack() reserves, and for the eleventh archive.
    void attach(const std::string& name, const archive::ArchiveReader& archive);

    // All statements of `sql` that return rows; all are compiled before the first one runs. Throws UsageError
    // for a parameter that no statement has, for a parameter without a value (unless `missing` allows it) and
    // for a text without a statement; StatementError, with an offset in `sql`, for invalid SQL.
    [[nodiscard]] std::vector<ResultRows> prepare(std::string_view sql,
                                                  std::span<const Parameter> parameters = {},
                                                  MissingParameters missing = MissingParameters::refused);

    // For a query of the program itself, such as a named one: ends it after more work than databases of this
    // size can need (archive::limit_own_work). `what` names it. Removed by unlimit_work().
    void limit_own_work(const std::string& what);
    void unlimit_work();

    // For named queries: names of more than 1 KiB become their beginning and end
    // (archive::tables::shorten_names), until show_whole_names() is called.
    void shorten_names();
    // No ResultRows of this session may exist.
    void show_whole_names();

    [[nodiscard]] archive::Database& database() { return m_database; }

private:
    archive::Database m_database;
    std::uint64_t m_database_bytes;        // of all archives
    std::vector<std::string> m_shortened;  // tables
};

// For "no such table": the tables of the archive. For "no such column": the columns of each table that the
// statement names, a line each, after the most similar one. Empty for other errors. `message` is SQLite's.
[[nodiscard]] std::string sql_hint(archive::Database& database, std::string_view sql,
                                   std::string_view message);

}  // namespace snapq::analysis
