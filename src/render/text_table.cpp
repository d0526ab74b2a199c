#include "render/text_table.hpp"

#include <algorithm>
#include <utility>

#include "render/escape.hpp"
#include "render/terminal_text.hpp"

namespace snapq::render {
namespace {

void append_aligned(std::string& to, const std::string& cell, const TableColumn& column, bool pad_behind) {
    const std::size_t width = display_width(cell);
    const std::size_t missing = column.width > width ? column.width - width : 0;
    if (column.align == Align::right) to.append(missing, ' ');
    to += cell;
    if (column.align == Align::left && pad_behind) to.append(missing, ' ');
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
    std::vector<std::string> titles;
    for (const TableColumn& column : m_columns) titles.push_back(column.title);
    line(to, titles);
    rule(to);
}

void TableFrame::row(std::string& to, std::span<const std::string> cells) const {
    line(to, cells);
}

void TableFrame::rule(std::string& to) const {
    if (m_style == TableStyle::box) return border(to, "├", "┼", "┤");
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (i > 0) to += "  ";
        to.append(m_columns[i].width, '-');
    }
    to += '\n';
}

void TableFrame::end(std::string& to) const {
    if (m_style == TableStyle::box) border(to, "└", "┴", "┘");
}

void TableFrame::line(std::string& to, std::span<const std::string> cells) const {
    static const std::string empty;
    const bool box = m_style == TableStyle::box;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (box) to += i == 0 ? "│ " : " │ ";
        if (!box && i > 0) to += "  ";
        const bool is_last = i + 1 == m_columns.size();
        append_aligned(to, i < cells.size() ? cells[i] : empty, m_columns[i], box || !is_last);
    }
    if (box) to += " │";
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

void TextTable::add_row(std::vector<UntrustedText> cells) {
    std::vector<std::string> shown;
    shown.reserve(cells.size());
    for (const UntrustedText& cell : cells) shown.push_back(printable(cell));
    for (std::size_t i = 0; i < std::min(shown.size(), m_columns.size()); ++i) {
        m_columns[i].width = std::max(m_columns[i].width, display_width(shown[i]));
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
