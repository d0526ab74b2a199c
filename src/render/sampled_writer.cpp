#include "render/sampled_writer.hpp"

#include <algorithm>
#include <utility>

#include "render/text_width.hpp"

namespace snapq::render {

void SampledWriter::begin(const std::vector<std::string>& columns) {
    m_columns.clear();
    for (const std::string& column : columns) m_columns.push_back({shown(column)});
    m_seen.assign(columns.size(), {});
    m_sample.clear();
    m_sample_bytes = 0;
    m_sampling = true;
}

void SampledWriter::row(std::span<const report::Cell> cells) {
    std::vector<std::string> texts;
    texts.reserve(cells.size());
    for (const report::Cell& cell : cells) {
        std::string value;
        append_cell(value, cell, m_null_text);
        texts.push_back(shown(value));
    }
    if (!m_sampling) return write_row(texts);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        m_columns[i].width = std::max(m_columns[i].width, display_width(texts[i]));
        if (!report::is_null(cells[i]))
            (report::is_number(cells[i]) ? m_seen[i].number : m_seen[i].other) = true;
        m_sample_bytes += texts[i].size();
    }
    m_sample.push_back(std::move(texts));
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

void SampledWriter::write_row(const std::vector<std::string>& cells) {
    append_row(m_text, cells);
    sink().write(m_text);
    m_text.clear();
}

}  // namespace snapq::render
