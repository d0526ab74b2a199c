#include "archive/sqlite/row_sorter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <numeric>
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

// Bytes of texts and of cells that are kept in memory. Three sorters at a time, each in one of a few threads,
// still take less than 2 MiB.
constexpr std::size_t k_most_text_bytes = std::size_t{64} << 10U;
constexpr std::size_t k_most_cell_bytes = std::size_t{128} << 10U;

}  // namespace

RowSorter::RowSorter(int columns, int sort_columns)
    : m_columns(static_cast<std::size_t>(columns)),
      m_sort_columns(static_cast<std::size_t>(sort_columns)),
      m_bound(m_columns) {}

RowSorter::~RowSorter() = default;

void RowSorter::bind(int column, std::int64_t value) {
    m_bound.at(static_cast<std::size_t>(column)) = {.type = CellType::integer, .integer = value};
}

void RowSorter::bind(int column, std::optional<std::int64_t> value) {
    value ? bind(column, *value) : void(m_bound.at(static_cast<std::size_t>(column)) = {});
}

void RowSorter::bind(int column, std::string_view text) {
    m_bound.at(static_cast<std::size_t>(column)) = {.type = CellType::text, .text = text};
}

// SQLite has no NaN; it stores NULL.
void RowSorter::bind_real(int column, double value) {
    Cell& cell = m_bound.at(static_cast<std::size_t>(column));
    cell = {};
    if (!std::isnan(value)) cell = {.type = CellType::real, .real = value};
}

void RowSorter::add() {
    if (m_database == nullptr && fits_into_memory()) return keep_in_memory();
    if (m_database == nullptr) open_database();
    insert(m_bound.data());
}

bool RowSorter::fits_into_memory() const {
    std::size_t bytes = m_texts.size();
    for (const Cell& cell : m_bound) bytes += cell.text.size();
    return bytes <= k_most_text_bytes && (m_cells.size() + m_columns) * sizeof(Cell) <= k_most_cell_bytes;
}

void RowSorter::keep_in_memory() {
    if (m_texts.capacity() == 0) m_texts.reserve(k_most_text_bytes);
    for (Cell cell : m_bound) {
        const std::size_t begin = m_texts.size();
        m_texts.insert(m_texts.end(), cell.text.begin(), cell.text.end());
        cell.text = std::string_view(m_texts.data() + begin, cell.text.size());
        m_cells.push_back(cell);
    }
}

// Moves the rows from memory to the database.
void RowSorter::open_database() {
    const auto columns = static_cast<int>(m_columns);
    m_database = std::make_unique<sqlite::Connection>("", sqlite::OpenMode::create);
    m_database->execute(fmt::format("{} CREATE TABLE rows({}); BEGIN", k_settings, numbered("c", columns)));
    m_insert = std::make_unique<sqlite::Statement>(
        m_database->prepare(fmt::format("INSERT INTO rows VALUES({})", numbered("?", columns)), true));
    for (std::size_t at = 0; at < m_cells.size(); at += m_columns) insert(&m_cells[at]);
    m_cells = std::vector<Cell>();
    m_texts = std::vector<char>();
}

void RowSorter::insert(const Cell* row) {
    for (std::size_t column = 0; column < m_columns; ++column) {
        const Cell& cell = row[column];
        const auto parameter = static_cast<int>(column + 1);
        switch (cell.type) {
            case CellType::null: m_insert->bind_null(parameter); break;
            case CellType::integer: m_insert->bind(parameter, cell.integer); break;
            case CellType::real: m_insert->bind_real(parameter, cell.real); break;
            case CellType::text: m_insert->bind(parameter, cell.text); break;
        }
    }
    static_cast<void>(m_insert->step());
    m_insert->reset();
}

bool RowSorter::next() {
    if (m_database == nullptr) {
        if (!m_next) sort_in_memory();
        m_next = m_next ? *m_next + 1 : 0;
        return *m_next < m_order.size();
    }
    if (m_sorted == nullptr) {
        m_sorted = std::make_unique<sqlite::Statement>(m_database->prepare(fmt::format(
            "SELECT * FROM rows ORDER BY {}, rowid", numbered("c", static_cast<int>(m_sort_columns)))));
    }
    return m_sorted->step();
}

void RowSorter::sort_in_memory() {
    m_order.resize(m_cells.size() / m_columns);
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::ranges::stable_sort(m_order, [this](std::size_t a, std::size_t b) { return comes_before(a, b); });
}

// The order of SQLite: NULL, then numbers, then text.
bool RowSorter::comes_before(std::size_t a, std::size_t b) const {
    const auto rank = [](const Cell& cell) {
        return int{cell.type != CellType::null} + int{cell.type == CellType::text};
    };
    // Has the 64 bits of an integer, which a double does not have.
    const auto number = [](const Cell& cell) {
        return cell.type == CellType::real ? static_cast<long double>(cell.real)
                                           : static_cast<long double>(cell.integer);
    };
    for (std::size_t column = 0; column < m_sort_columns; ++column) {
        const Cell& left = m_cells[a * m_columns + column];
        const Cell& right = m_cells[b * m_columns + column];
        if (rank(left) != rank(right)) return rank(left) < rank(right);
        const std::partial_ordering order =
            left.type == CellType::text ? left.text <=> right.text : number(left) <=> number(right);
        if (order != 0) return order < 0;
    }
    return false;
}

const RowSorter::Cell& RowSorter::cell(int column) const {
    return m_cells[m_order[*m_next] * m_columns + static_cast<std::size_t>(column)];
}

bool RowSorter::is_null(int column) const {
    return m_sorted ? m_sorted->is_null(column) : cell(column).type == CellType::null;
}

std::int64_t RowSorter::integer(int column) const {
    return m_sorted ? m_sorted->integer(column) : cell(column).integer;
}

std::optional<std::int64_t> RowSorter::maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
}

double RowSorter::real(int column) const {
    return m_sorted ? sqlite3_column_double(m_sorted->handle(), column) : cell(column).real;
}

bool RowSorter::is_integer(int column) const {
    return m_sorted ? sqlite3_column_type(m_sorted->handle(), column) == SQLITE_INTEGER
                    : cell(column).type == CellType::integer;
}

std::string_view RowSorter::text(int column) const {
    return m_sorted ? m_sorted->text(column) : cell(column).text;
}

}  // namespace snapq::archive
