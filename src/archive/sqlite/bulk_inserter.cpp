#include "archive/sqlite/bulk_inserter.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace snapq::archive::sqlite {
namespace {

int column_count_of(Connection& connection, std::string_view table) {
    return connection.prepare(fmt::format("SELECT * FROM {}", table)).column_count();
}

std::string insert_sql(std::string_view table, int columns, BulkInserter::OnConflict on_conflict) {
    const std::string_view verb =
        on_conflict == BulkInserter::OnConflict::ignore ? "INSERT OR IGNORE" : "INSERT";
    std::string sql = fmt::format("{} INTO {} VALUES(?", verb, table);
    for (int column = 1; column < columns; ++column) sql += ",?";
    return sql + ")";
}

}  // namespace

BulkInserter::BulkInserter(Connection& connection, std::string_view table, OnConflict on_conflict)
    : m_columns(column_count_of(connection, table)),
      m_statement(connection.prepare(insert_sql(table, m_columns, on_conflict), true)) {}

void BulkInserter::expect_columns(int count) const {
    if (count == m_columns) return;
    throw std::logic_error(fmt::format("a row of {} values for a table of {} columns", count, m_columns));
}

}  // namespace snapq::archive::sqlite
