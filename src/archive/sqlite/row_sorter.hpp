// Sorts any number of rows in a few MiB of memory; rows that do not fit go to unnamed temporary files. A few
// hundred rows need no database, which takes as long to open as some hundred rows take to sort.
//
//     RowSorter rows(3, 1);
//     rows.bind(0, name), rows.bind(1, bytes), rows.add();
//     while (rows.next()) use(rows.text(0), rows.integer(1), rows.is_null(2));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace snapq::archive {

namespace sqlite {
class Connection;
class Statement;
}  // namespace sqlite

// One thread at a time. Throws SystemError when there is no room for the files.
class RowSorter {
public:
    // Sorts by the first `sort_columns` columns, text by its bytes. Rows that are equal in these columns keep
    // the order in which they were added.
    RowSorter(int columns, int sort_columns);
    RowSorter(const RowSorter&) = delete;
    RowSorter& operator=(const RowSorter&) = delete;
    ~RowSorter();

    // Columns are numbered from 0. A column that was never bound is NULL.
    void bind(int column, std::int64_t value);
    void bind(int column, std::optional<std::int64_t> value);
    void bind(int column, std::string_view text);  // must live until add()
    void bind_real(int column, double value);
    void add();

    // Goes to the next row; false when there is none. The first call sorts; no row can be added after it.
    [[nodiscard]] bool next();
    // Read a column as what it was bound as.
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] bool is_integer(int column) const;        // bound as an integer
    [[nodiscard]] std::string_view text(int column) const;  // valid until the next row

private:
    enum class CellType : std::uint8_t { null, integer, real, text };
    struct Cell {
        CellType type = CellType::null;
        std::int64_t integer = 0;
        double real = 0;
        std::string_view text{};  // in memory: a part of m_texts
    };

    [[nodiscard]] bool fits_into_memory() const;
    void keep_in_memory();
    void open_database();
    void insert(const Cell* row);
    void sort_in_memory();
    [[nodiscard]] bool comes_before(std::size_t a, std::size_t b) const;  // numbers of rows in memory
    [[nodiscard]] const Cell& cell(int column) const;                     // of the current row in memory

    std::size_t m_columns;
    std::size_t m_sort_columns;
    std::vector<Cell> m_bound;  // the next row

    // The rows, as long as they fit into memory.
    std::vector<Cell> m_cells;          // row after row
    std::vector<char> m_texts;          // its room is reserved once, so the texts of cells stay valid
    std::vector<std::size_t> m_order;   // numbers of rows, once they are sorted
    std::optional<std::size_t> m_next;  // position in m_order; nullopt until the first next()

    // All rows, once they do not fit.
    std::unique_ptr<sqlite::Connection> m_database;
    std::unique_ptr<sqlite::Statement> m_insert;
    std::unique_ptr<sqlite::Statement> m_sorted;  // null until the first next()
};

}  // namespace snapq::archive
