#include "page/column.hpp"

#include <utility>

namespace snapq::page {

void append_varint(std::string& to, std::uint64_t value) {
    constexpr unsigned k_bits = 7;
    constexpr std::uint64_t k_more = 0x80;
    for (; value >= k_more; value >>= k_bits) to += static_cast<char>(value | k_more);
    to += static_cast<char>(value);
}

void write_column(json::JsonWriter& to, const ColumnInfo& column) {
    to.begin_object();
    to.key("id").value(column.id);
    to.key("coding").value(column.coding == Coding::plain ? "plain" : "delta");
    to.key("count").value(column.count);
    to.key("raw").value(column.raw_bytes);
    to.end_object();
}

Column::Column(std::string id, Coding coding)
    : m_info{.id = std::move(id), .coding = coding}, m_deflater(m_compressed) {}

void Column::compress() {
    m_deflater.write(m_waiting);
    m_waiting.clear();
}

void Column::finish() {
    if (m_is_finished) return;
    compress();
    m_deflater.finish();
    m_is_finished = true;
}

ColumnInfo Column::write_to(HtmlWriter& page) {
    finish();
    m_info.raw_bytes = static_cast<std::int64_t>(m_deflater.raw_bytes());
    page.add_block(m_info.id, m_compressed);
    m_compressed = std::string();
    return m_info;
}

}  // namespace snapq::page
