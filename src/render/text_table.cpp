#include "render/text_table.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "render/escape.hpp"
#include "render/terminal_text.hpp"

namespace snapq::render {
namespace {

constexpr std::size_t k_gap = 2;  // spaces between columns without lines
constexpr std::string_view k_bar = "│";

// Spaces that make a cell as wide as its column.
std::size_t padding(const ShownCell& cell, const TableColumn& column) {
    return column.width > cell.width ? column.width - cell.width : 0;
}

// Copies the text and returns the position behind it.
char* put(char* at, std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

ShownCell shown_cell(std::string text) {
    const std::size_t width = display_width(text);
    return {std::move(text), width};
}

void append_dashes(std::string& to, const char* dash, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to += dash;
}

}  // namespace

TableFrame::TableFrame(TableStyle style, std::vector<TableColumn> columns)
    : m_style(style), m_columns(std::move(columns)) {
    for (TableColumn& column : m_columns) column.width = std::max(column.width, display_width(column.title));
}

void TableFrame::begin(std::string& to, bool with_titles) const {
    if (m_style == TableStyle::box) border(to, "┌", "┬", "┐");
    if (!with_titles) return;
    std::vector<ShownCell> titles;
    for (const TableColumn& column : m_columns) titles.push_back(shown_cell(column.title));
    line(to, titles);
    rule(to);
}

void TableFrame::row(std::string& to, std::span<const ShownCell> cells) const {
    line(to, cells);
}

void TableFrame::rule(std::string& to) const {
    if (m_style == TableStyle::box) return border(to, "├", "┼", "┤");
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i > 0) to.append(k_gap, ' ');
        to.append(m_columns[i].width, '-');
    }
    to += '\n';
}

void TableFrame::end(std::string& to) const {
    if (m_style == TableStyle::box) border(to, "└", "┴", "┘");
}

// Makes room for the whole line first, filled with spaces. Appending the cells and the spaces one after the
// other takes several times as long, which counts in tables of a million rows.
void TableFrame::line(std::string& to, std::span<const ShownCell> cells) const {
    static const ShownCell empty;
    const bool box = m_style == TableStyle::box;
    const auto cell_at = [&](std::size_t i) -> const ShownCell& {
        return i < cells.size() ? cells[i] : empty;
    };
    std::size_t size = (m_columns.size() + 1) * (k_bar.size() + k_gap);
    for (std::size_t i = 0; i < m_columns.size(); ++i)
        size += cell_at(i).text.size() + padding(cell_at(i), m_columns[i]);
    const std::size_t begin = to.size();
    to.resize(begin + size, ' ');
    char* at = to.data() + begin;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i > 0) at += box ? 1 : k_gap;
        if (box) at = put(at, k_bar) + 1;
        const ShownCell& cell = cell_at(i);
        const std::size_t missing = padding(cell, m_columns[i]);
        if (m_columns[i].align == Align::right) at += missing;
        at = put(at, cell.text);
        if (m_columns[i].align == Align::left) at += missing;
    }
    if (box) at = put(at + 1, k_bar);
    to.resize(static_cast<std::size_t>(at - to.data()));
    // No spaces at the end of a line.
    if (!box) to.resize(to.find_last_not_of(' ') + 1);
    to += '\n';
}

void TableFrame::border(std::string& to, const char* left, const char* middle, const char* right) const {
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        to += i == 0 ? left : middle;
        append_dashes(to, "─", m_columns[i].width + 2);
    }
    to += right;
    to += '\n';
}

TextTable::TextTable(std::vector<TableColumn> columns, TableStyle style)
    : m_style(style), m_columns(std::move(columns)) {}

void TextTable::add_row(const std::vector<UntrustedText>& cells) {
    std::vector<ShownCell> shown;
    shown.reserve(cells.size());
    for (const UntrustedText& cell : cells) shown.push_back(shown_cell(printable(cell)));
    for (std::size_t i = 0; i < std::min(shown.size(), m_columns.size()); ++i) {
        m_columns[i].width = std::max(m_columns[i].width, shown[i].width);
    }
    m_rows.push_back(std::move(shown));
}

void TextTable::add_rule() {
    m_rules.push_back(m_rows.size());
}

void TextTable::draw(std::string& to) const {
    const TableFrame frame(m_style, m_columns);
    frame.begin(to);
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        if (std::ranges::count(m_rules, i) > 0) frame.rule(to);
        frame.row(to, m_rows[i]);
    }
    frame.end(to);
}

}  // namespace snapq::render
