#include "page/json_block.hpp"

#include <string>

#include "page/limits.hpp"
#include "page/shown_json.hpp"

namespace snapq::page {

void JsonBlock::relieve() {
    constexpr std::size_t k_portion = std::size_t{64} << 10U;
    if (m_waiting.size() >= k_portion) compress();
}

void JsonBlock::compress() {
    m_deflater.write(m_names.any() ? with_shown_names(m_waiting, m_names) : m_waiting);
    m_waiting.clear();
}

std::size_t JsonBlock::compressed_bytes() {
    compress();
    m_deflater.flush();
    return m_compressed.size();
}

void JsonBlock::write_to(HtmlWriter& page, std::string_view id) {
    compress();
    m_deflater.finish();
    page.add_block(id, m_compressed);
    m_compressed = std::string();
}

void write_integer(json::JsonWriter& to, std::int64_t value) {
    const std::int64_t beyond = k_beyond_doubles;
    if (value > -beyond && value < beyond) {
        to.value(value);
    } else {
        to.value(std::to_string(value));
    }
}

void write_integer(json::JsonWriter& to, std::uint64_t value) {
    if (value < k_beyond_doubles) {
        to.value(static_cast<std::int64_t>(value));
    } else {
        to.value(std::to_string(value));
    }
}

}  // namespace snapq::page
