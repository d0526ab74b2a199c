// The writers that look at the first rows before they print any: aligned tables and Markdown.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "render/escape.hpp"
#include "render/row_writer.hpp"
#include "render/terminal_text.hpp"
#include "render/text_table.hpp"

namespace snapq::render {
namespace {

// Keeps the first rows until there are enough to choose widths and alignment; from then on, writes each row
// at once.
class SampledWriter : public RowWriter {
public:
    static constexpr std::size_t k_sampled_rows = 1'000;
    static constexpr std::size_t k_sampled_bytes = std::size_t{1} << 20;
    // In terminal columns. A longer cell does not make its column wider: otherwise one name of a megabyte
    // would add a megabyte of spaces to each row.
    static constexpr std::size_t k_widest_column = 1'000;

    void begin(const std::vector<std::string>& columns) final;
    void row(std::span<const report::Cell> cells) final;
    void end() final;

protected:
    explicit SampledWriter(std::string null_text) : m_null_text(std::move(null_text)) {}

    // Sets the cell to a text as it will be shown, or to the digits of a number, which are plain ASCII.
    virtual void show(ShownCell& cell, std::string_view text) const = 0;
    virtual void show_number(ShownCell& cell, std::string_view digits) const = 0;
    // Each appends complete lines.
    virtual void append_head(std::string& to, const std::vector<TableColumn>& columns) = 0;
    virtual void append_row(std::string& to, const std::vector<ShownCell>& cells) = 0;
    virtual void append_end(std::string& to) = 0;
    virtual ByteSink& sink() = 0;

private:
    struct Seen {
        bool number = false;
        bool other = false;  // text or a blob
    };
    void show_cell(ShownCell& shown, const report::Cell& cell);
    void flush_sample();
    void write_row(const std::vector<ShownCell>& cells);

    std::string m_null_text;
    std::vector<TableColumn> m_columns;
    std::vector<Seen> m_seen;
    std::vector<std::vector<ShownCell>> m_sample;
    std::size_t m_sample_bytes = 0;
    bool m_sampling = true;
    // The current row; members, so that their memory is used again.
    std::vector<ShownCell> m_cells;
    std::string m_value;
    std::string m_text;
};

void SampledWriter::begin(const std::vector<std::string>& columns) {
    m_columns.clear();
    for (const std::string& column : columns) {
        ShownCell title;
        show(title, column);
        m_columns.push_back({std::move(title.text)});
    }
    m_seen.assign(columns.size(), {});
    m_sample.clear();
    m_sample_bytes = 0;
    m_sampling = true;
}

void SampledWriter::show_cell(ShownCell& shown, const report::Cell& cell) {
    if (const auto* text = std::get_if<std::string_view>(&cell)) return show(shown, *text);
    m_value.clear();
    append_cell(m_value, cell, m_null_text);
    report::is_number(cell) ? show_number(shown, m_value) : show(shown, m_value);
}

void SampledWriter::row(std::span<const report::Cell> cells) {
    m_cells.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) show_cell(m_cells[i], cells[i]);
    if (!m_sampling) return write_row(m_cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        m_columns[i].width = std::max(m_columns[i].width, std::min(m_cells[i].width, k_widest_column));
        if (!report::is_null(cells[i]))
            (report::is_number(cells[i]) ? m_seen[i].number : m_seen[i].other) = true;
        m_sample_bytes += m_cells[i].text.size();
    }
    m_sample.push_back(m_cells);
    if (m_sample.size() >= k_sampled_rows || m_sample_bytes >= k_sampled_bytes) flush_sample();
}

void SampledWriter::end() {
    if (m_sampling) flush_sample();
    append_end(m_text);
    sink().write(std::exchange(m_text, {}));
}

void SampledWriter::flush_sample() {
    m_sampling = false;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (m_seen[i].number && !m_seen[i].other) m_columns[i].align = Align::right;
    }
    append_head(m_text, m_columns);
    for (const auto& cells : std::exchange(m_sample, {})) write_row(cells);
}

void SampledWriter::write_row(const std::vector<ShownCell>& cells) {
    append_row(m_text, cells);
    sink().write(m_text);
    m_text.clear();
}

class TableWriter final : public SampledWriter {
public:
    TableWriter(const RowOptions& options, ByteSink& sink)
        : SampledWriter(options.null_text), m_options(options), m_sink(sink) {}

private:
    void show(ShownCell& cell, std::string_view text) const override {
        if (is_plain_ascii(text)) return show_number(cell, text);
        set(cell, m_options.max_width == 0 ? printable(text) : keep_start(text, m_options.max_width));
    }
    void show_number(ShownCell& cell, std::string_view digits) const override {
        if (m_options.max_width != 0 && digits.size() > m_options.max_width)
            return set(cell, keep_start(digits, m_options.max_width));
        cell.text = digits;
        cell.width = digits.size();
    }
    static void set(ShownCell& cell, std::string text) {
        cell.width = display_width(text);
        cell.text = std::move(text);
    }
    void append_head(std::string& to, const std::vector<TableColumn>& columns) override {
        const TableStyle style = m_options.format == RowFormat::box ? TableStyle::box : TableStyle::plain;
        m_frame = std::make_unique<TableFrame>(style, m_options.header ? columns : without_titles(columns));
        m_frame->begin(to, m_options.header);
    }
    void append_row(std::string& to, const std::vector<ShownCell>& cells) override {
        m_frame->row(to, cells);
    }
    void append_end(std::string& to) override { m_frame->end(to); }
    ByteSink& sink() override { return m_sink; }

    static std::vector<TableColumn> without_titles(std::vector<TableColumn> columns) {
        for (TableColumn& column : columns) column.title.clear();
        return columns;
    }

    RowOptions m_options;
    ByteSink& m_sink;
    std::unique_ptr<TableFrame> m_frame;
};

class MarkdownTableWriter final : public SampledWriter {
public:
    MarkdownTableWriter(const RowOptions& options, ByteSink& sink)
        : SampledWriter(options.null_text), m_options(options), m_sink(sink) {}

private:
    void show(ShownCell& cell, std::string_view text) const override { cell.text = escape_markdown(text); }
    void show_number(ShownCell& cell, std::string_view digits) const override { cell.text = digits; }

    // A table in this dialect always has a header row; without titles its cells are empty.
    void append_head(std::string& to, const std::vector<TableColumn>& columns) override {
        for (const TableColumn& column : columns) to += m_options.header ? "| " + column.title + ' ' : "| ";
        to += "|\n";
        for (const TableColumn& column : columns) to += column.align == Align::right ? "|---:" : "|---";
        to += "|\n";
    }
    void append_row(std::string& to, const std::vector<ShownCell>& cells) override {
        for (const ShownCell& cell : cells) to.append("| ").append(cell.text) += ' ';
        to += "|\n";
    }
    void append_end(std::string&) override {}
    ByteSink& sink() override { return m_sink; }

    RowOptions m_options;
    ByteSink& m_sink;
};

}  // namespace

std::unique_ptr<RowWriter> make_table_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<TableWriter>(options, sink);
}

std::unique_ptr<RowWriter> make_markdown_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<MarkdownTableWriter>(options, sink);
}

}  // namespace snapq::render
