#include <algorithm>
#include <string>
#include <utility>

#include "render/escape.hpp"
#include "render/row_writers.hpp"
#include "render/terminal_text.hpp"

namespace snapq::render {
namespace {

class LineWriter final : public RowWriter {
public:
    LineWriter(RowOptions options, ByteSink& sink) : m_options(std::move(options)), m_sink(sink) {}

    void begin(const std::vector<std::string>& columns) override {
        m_names.clear();
        m_width = 0;
        m_first = true;
        for (const std::string& column : columns) {
            m_names.push_back(printable(column));
            m_width = std::max(m_width, display_width(m_names.back()));
        }
    }

    void row(std::span<const report::Cell> cells) override {
        std::string text;
        if (!m_first) text += '\n';
        m_first = false;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string value;
            append_cell(value, cells[i], m_options.null_text);
            if (m_options.header) {
                text.append(m_width - display_width(m_names[i]), ' ');
                text += m_names[i] + " = ";
            }
            append_lines(text, printable_lines(value));
        }
        m_sink.write(text);
    }

    void end() override {}

private:
    // Aligns all lines of a stack to the right of the name.
    void append_lines(std::string& to, const std::string& value) const {
        for (const char c : value) {
            to += c;
            if (c == '\n' && m_options.header) to.append(m_width + 3, ' ');
        }
        to += '\n';
    }

    RowOptions m_options;
    ByteSink& m_sink;
    std::vector<std::string> m_names;
    std::size_t m_width = 0;
    bool m_first = true;
};

}  // namespace

std::unique_ptr<RowWriter> make_line_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<LineWriter>(options, sink);
}

}  // namespace snapq::render
