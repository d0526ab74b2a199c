#include <memory>
#include <string>

#include "render/sampled_writer.hpp"
#include "render/text_width.hpp"

namespace snapq::render {
namespace {

class TableWriter final : public SampledWriter {
public:
    TableWriter(const RowOptions& options, ByteSink& sink)
        : SampledWriter(options.null_text), m_options(options), m_sink(sink) {}

private:
    [[nodiscard]] std::string shown(const std::string& value) const override {
        return m_options.max_width == 0 ? printable(value) : keep_start(value, m_options.max_width);
    }
    void append_head(std::string& to, const std::vector<TableColumn>& columns) override {
        const TableStyle style = m_options.format == RowFormat::box ? TableStyle::box : TableStyle::plain;
        m_frame = std::make_unique<TableFrame>(style, m_options.header ? columns : without_titles(columns));
        m_frame->begin(to, m_options.header);
    }
    void append_row(std::string& to, const std::vector<std::string>& cells) override {
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

}  // namespace

std::unique_ptr<RowWriter> make_table_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<TableWriter>(options, sink);
}

}  // namespace snapq::render
