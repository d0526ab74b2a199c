// Tables for people: aligned columns on a terminal or in a log.
//
//     TextTable table({{"site"}, {"bytes", Align::right}});
//     table.add_row({"model.py:7 forward", "1.5 GiB"});
//     table.draw(text);
//
// A table that is too large for memory is drawn row by row with a TableFrame of fixed widths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::render {

enum class Align : std::uint8_t { left, right };

enum class TableStyle : std::uint8_t {
    plain,  // two spaces between columns, dashes below the titles
    box,    // lines of U+2500 around everything
};

struct TableColumn {
    std::string title;
    Align align = Align::left;
    std::size_t width = 0;  // in terminal columns; at least the width of the title
};

// Printable text with its width in terminal columns.
struct ShownCell {
    std::string text;
    std::size_t width = 0;
};

// The lines of a table whose widths are known. A cell that is too wide moves the rest of its line to the
// right. A missing cell is empty.
class TableFrame {
public:
    TableFrame(TableStyle style, std::vector<TableColumn> columns);

    // Each function appends complete lines. `begin` writes the titles and a rule; without titles, only the
    // top of a box.
    void begin(std::string& to, bool with_titles = true) const;
    void row(std::string& to, std::span<const ShownCell> cells) const;
    // A line between rows, such as before a total.
    void rule(std::string& to) const;
    void end(std::string& to) const;

private:
    void line(std::string& to, std::span<const ShownCell> cells) const;
    void border(std::string& to, const char* left, const char* middle, const char* right) const;

    TableStyle m_style;
    std::vector<TableColumn> m_columns;
};

// A table in memory. Cells go through `printable`; columns are as wide as their widest cell.
class TextTable {
public:
    explicit TextTable(std::vector<TableColumn> columns, TableStyle style = TableStyle::plain);

    void add_row(const std::vector<UntrustedText>& cells);
    void add_rule();
    void draw(std::string& to) const;

private:
    TableStyle m_style;
    std::vector<TableColumn> m_columns;
    std::vector<std::vector<ShownCell>> m_rows;
    std::vector<std::size_t> m_rules;  // indices of the rows that have a rule above them
};

}  // namespace snapq::render
