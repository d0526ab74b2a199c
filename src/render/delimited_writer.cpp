#include <string>

#include "render/escape.hpp"
#include "render/row_writers.hpp"

namespace snapq::render {
namespace {

class DelimitedWriter final : public RowWriter {
public:
    DelimitedWriter(const RowOptions& options, ByteSink& sink)
        : m_options(options), m_sink(sink), m_is_csv(options.format == RowFormat::csv) {}

    void begin(const std::vector<std::string>& columns) override {
        if (!m_options.header) return;
        for (const std::string& column : columns) field(column, m_options.formulas);
        finish_line();
    }

    void row(std::span<const report::Cell> cells) override {
        for (const report::Cell& cell : cells) {
            if (const auto* text = std::get_if<std::string_view>(&cell)) {
                field(*text, m_options.formulas);
                continue;
            }
            m_value.clear();
            append_cell(m_value, cell, m_options.null_text);
            // NULL without a text is an empty field, unless the line would be empty: readers skip empty
            // lines.
            const bool nothing = m_value.empty() && report::is_null(cell) && cells.size() > 1;
            if (nothing) {
                separate();
            } else {
                field(m_value, Formulas::kept);  // numbers stay numbers
            }
        }
        finish_line();
    }

    void end() override {}

private:
    void separate() {
        if (m_started) m_line += m_is_csv ? ',' : '\t';
        m_started = true;
    }
    void field(std::string_view text, Formulas formulas) {
        separate();
        m_is_csv ? append_csv_text(m_line, text, formulas) : append_tsv_text(m_line, text, formulas);
    }
    void finish_line() {
        m_line += '\n';
        m_sink.write(m_line);
        m_line.clear();
        m_started = false;
    }

    RowOptions m_options;
    ByteSink& m_sink;
    bool m_is_csv;
    std::string m_line;
    std::string m_value;
    bool m_started = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_delimited_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<DelimitedWriter>(options, sink);
}

}  // namespace snapq::render
