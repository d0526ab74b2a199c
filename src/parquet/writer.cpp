#include "parquet/writer.hpp"

#include <cstring>

#include "support/text.hpp"

namespace snapq::parquet {
namespace {

constexpr std::string_view k_magic = "PAR1";

}  // namespace

Writer::Writer(ByteSink& sink, std::vector<Column> columns, Labels labels) : m_sink(sink) {
    for (const Column& column : columns) m_chunks.emplace_back(column.type);
    m_facts.columns = std::move(columns);
    m_facts.created_by = std::move(labels.created_by);
    m_facts.key_values = std::move(labels.key_values);
    write(k_magic);
}

ColumnChunk& Writer::next_chunk() {
    return m_chunks[m_column++];
}

Writer& Writer::add_null() {
    next_chunk().add_null();
    return *this;
}

Writer& Writer::add(std::int64_t value) {
    next_chunk().add(value);
    return *this;
}

Writer& Writer::add(double value) {
    next_chunk().add(value);
    return *this;
}

Writer& Writer::add(std::string_view value, std::optional<std::int64_t> key) {
    if (is_valid_utf8(value)) {
        next_chunk().add(value, key);
    } else {
        next_chunk().add(std::string_view(repair_utf8(value)), key);
    }
    return *this;
}

bool Writer::add_known(std::int64_t key) {
    if (!m_chunks[m_column].add_known(key)) return false;
    ++m_column;
    return true;
}

void Writer::forget_keys() {
    for (ColumnChunk& chunk : m_chunks) chunk.forget_keys();
}

void Writer::end_row() {
    m_column = 0;
    ++m_rows;
    if (m_rows >= k_row_group_rows || size() >= k_row_group_bytes) flush();
}

std::size_t Writer::size() const {
    std::size_t bytes = 0;
    for (const ColumnChunk& chunk : m_chunks) bytes += chunk.size();
    return bytes;
}

void Writer::write(std::string_view bytes) {
    m_sink.write(bytes);
    m_written += static_cast<std::int64_t>(bytes.size());
}

void Writer::flush() {
    if (m_rows == 0) return;
    RowGroupFacts group{.rows = m_rows, .chunks = {}};
    for (ColumnChunk& chunk : m_chunks) {
        EncodedChunk encoded = chunk.take();
        group.chunks.push_back({.offset = m_written,
                                .bytes = static_cast<std::int64_t>(encoded.bytes.size()),
                                .uncompressed_bytes = encoded.uncompressed_bytes,
                                .values = encoded.values,
                                .data_page = m_written + encoded.data_page.value_or(0),
                                .has_dictionary = encoded.data_page.has_value(),
                                .statistics = std::move(encoded.statistics)});
        write(encoded.bytes);
    }
    m_facts.row_groups.push_back(std::move(group));
    m_rows = 0;
}

void Writer::finish() {
    flush();
    std::string footer = footer_of(m_facts);
    const auto size = static_cast<std::uint32_t>(footer.size());
    footer.append(reinterpret_cast<const char*>(&size), sizeof size);
    footer += k_magic;
    write(footer);
}

}  // namespace snapq::parquet
