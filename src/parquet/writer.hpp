// Writes a Parquet file: flat tables of optional columns, dictionaries where values repeat, pages compressed
// with zstd, and statistics. docs/lake.md lists what readers must know.
//
//     parquet::Writer writer(sink, {{"device", parquet::Type::integer}, {"site", parquet::Type::text}},
//     facts); writer.add(std::int64_t{0}).add("model.py:38 forward").end_row(); writer.finish();
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parquet/column_chunk.hpp"
#include "parquet/footer.hpp"
#include "support/bytes.hpp"

namespace snapq::parquet {

struct Labels {
    std::string created_by;  // "snapq version 0.1.0"
    std::vector<std::pair<std::string, std::string>> key_values{};
};

// Memory does not grow with the table: a row group is written when its values take k_row_group_bytes, or when
// it has k_row_group_rows. It may exceed the first by a row.
inline constexpr std::size_t k_row_group_bytes = std::size_t{8} << 20U;
inline constexpr std::int64_t k_row_group_rows =
    122'880;  // DuckDB gives each thread a row group; this is its own default

class Writer {
public:
    // `sink` must outlive this object. At least one column.
    Writer(ByteSink& sink, std::vector<Column> columns, Labels labels);

    // The value of the next column. Its type must be that of the column.
    Writer& add_null();
    Writer& add(std::int64_t value);      // integer, timestamp
    Writer& add(double value);            // real
    Writer& add(std::string_view value);  // text; bytes that are not UTF-8 become U+FFFD

    // After a value for each column.
    void end_row();

    // Memory of the values that are not written yet, in bytes, about.
    [[nodiscard]] std::size_t size() const;
    // Bytes of the file so far.
    [[nodiscard]] std::int64_t written() const { return m_written; }

    // Writes these values as a row group.
    void flush();
    // Writes the rest and the footer. Without it, no reader accepts the file. Call it once.
    void finish();

private:
    [[nodiscard]] ColumnChunk& next_chunk();
    void write(std::string_view bytes);

    ByteSink& m_sink;
    FileFacts m_facts;
    std::vector<ColumnChunk> m_chunks;
    std::size_t m_column = 0;  // of the next value
    std::int64_t m_rows = 0;   // of the row group
    std::int64_t m_written = 0;
};

}  // namespace snapq::parquet
