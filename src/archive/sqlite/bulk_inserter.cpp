#include "archive/sqlite/bulk_inserter.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace snapq::archive::sqlite {
namespace {

int column_count_of(Connection& connection, std::string_view table) {
    return connection.prepare(fmt::format("SELECT * FROM {}", table)).column_count();
}

std::string insert_sql(std::string_view table, int columns, BulkInserter::OnConflict on_conflict, int rows) {
    const std::string_view verb =
        on_conflict == BulkInserter::OnConflict::ignore ? "INSERT OR IGNORE" : "INSERT";
    const std::vector<std::string_view> parameters(static_cast<std::size_t>(columns), "?");
    const std::vector<std::string> lists(static_cast<std::size_t>(rows),
                                         fmt::format("({})", fmt::join(parameters, ",")));
    return fmt::format("{} INTO {} VALUES{}", verb, table, fmt::join(lists, ","));
}

}  // namespace

BulkInserter::BulkInserter(Connection& connection, std::string_view table, OnConflict on_conflict)
    : m_connection(connection),
      m_texts(connection.texts()),
      m_table(table),
      m_on_conflict(on_conflict),
      m_columns(column_count_of(connection, table)),
      m_single(prepare(1)) {}

InsertStatement BulkInserter::prepare(int rows) {
    return {m_connection.prepare(insert_sql(m_table, m_columns, m_on_conflict, rows), true),
            static_cast<std::size_t>(m_columns) * static_cast<std::size_t>(rows)};
}

void BulkInserter::run() {
    m_filled = 0;
    m_current->run();
    // The texts of a batch live until it ends, those of a single row until it is inserted.
    if (m_rows == 1) m_current->forget_texts();
}

void BulkInserter::begin_batches(std::size_t rows) {
    if (rows == 0) return;
    if (!m_batch) m_batch = prepare(k_batch);
    m_batch->forget_texts();
    m_current = &*m_batch;
    m_rows = k_batch;
}

void BulkInserter::end_batches() {
    if (m_filled != 0) throw std::logic_error(fmt::format("insert_row inserted no row into {}", m_table));
    m_current = &m_single;
    m_rows = 1;
}

void BulkInserter::expect_columns(int count) const {
    if (count == m_columns) return;
    throw std::logic_error(fmt::format("a row of {} values for a table of {} columns", count, m_columns));
}

}  // namespace snapq::archive::sqlite
