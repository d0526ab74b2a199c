#include "archive/sqlite/row_sorter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "archive/sqlite/connection.hpp"

namespace snapq::archive {
namespace {

// A database without a name is an unnamed temporary file, which SQLite creates only when the pages no longer
// fit into the cache. The cache is 1 MiB, as large as the memory of SQLite's sorter.
constexpr const char* k_settings =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1024; PRAGMA temp_store=FILE; ";

// For example "c1, c2, c3" for prefix "c" and count 3.
std::string numbered(std::string_view prefix, int count) {
    std::vector<std::string> names;
    for (int i = 1; i <= count; ++i) names.push_back(fmt::format("{}{}", prefix, i));
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

RowSorter::RowSorter(int columns, int sort_columns)
    : m_sort_columns(sort_columns),
      m_database(std::make_unique<sqlite::Connection>("", sqlite::OpenMode::create)) {
    m_database->execute(fmt::format("{} CREATE TABLE rows({}); BEGIN", k_settings, numbered("c", columns)));
    m_insert = std::make_unique<sqlite::Statement>(
        m_database->prepare(fmt::format("INSERT INTO rows VALUES({})", numbered("?", columns)), true));
}

RowSorter::~RowSorter() = default;

void RowSorter::bind(int column, std::int64_t value) {
    m_insert->bind(column + 1, value);
}

void RowSorter::bind(int column, std::optional<std::int64_t> value) {
    value ? m_insert->bind(column + 1, *value) : m_insert->bind_null(column + 1);
}

void RowSorter::bind(int column, std::string_view text) {
    m_insert->bind(column + 1, text);
}

void RowSorter::bind_real(int column, double value) {
    m_insert->bind_real(column + 1, value);
}

void RowSorter::add() {
    static_cast<void>(m_insert->step());
    m_insert->reset();
}

bool RowSorter::next() {
    if (m_sorted == nullptr) {
        m_sorted = std::make_unique<sqlite::Statement>(m_database->prepare(
            fmt::format("SELECT * FROM rows ORDER BY {}, rowid", numbered("c", m_sort_columns))));
    }
    return m_sorted->step();
}

bool RowSorter::is_null(int column) const {
    return m_sorted->is_null(column);
}

std::int64_t RowSorter::integer(int column) const {
    return m_sorted->integer(column);
}

std::optional<std::int64_t> RowSorter::maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

double RowSorter::real(int column) const {
    return sqlite3_column_double(m_sorted->handle(), column);
}

bool RowSorter::is_integer(int column) const {
    return sqlite3_column_type(m_sorted->handle(), column) == SQLITE_INTEGER;
}

std::string_view RowSorter::text(int column) const {
    return m_sorted->text(column);
}

}  // namespace snapq::archive
