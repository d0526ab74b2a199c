// Writes a Parquet file: flat tables of optional columns, dictionaries for values that repeat, pages
// compressed with zstd, and statistics. docs/lake.md lists the features that readers must support.
//
//     const std::vector<parquet::Column> columns{{"device", parquet::Type::integer},
//                                                {"site", parquet::Type::text}};
//     parquet::Writer writer(sink, columns, labels);
//     writer.add(std::int64_t{0}).add("model.py:38 forward").end_row();
//     writer.finish();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parquet/column_chunk.hpp"
#include "parquet/footer.hpp"
#include "support/bytes.hpp"

namespace snapq::parquet {

struct Labels {
    std::string created_by;  // "snapq version 0.2.0"
    std::vector<std::pair<std::string, std::string>> key_values{};
};

// Memory does not grow with the table: a row group is written when its values take k_row_group_bytes, or when
// it has k_row_group_rows. It may be larger than k_row_group_bytes by one row.
inline constexpr std::size_t k_row_group_bytes = std::size_t{8} << 20U;
inline constexpr std::int64_t k_row_group_rows =
    122'880;  // DuckDB's default; its threads read one row group each

class Writer {
public:
    // `sink` must outlive this object. There must be at least one column. Throws the errors of the sink, as
    // all functions that write do.
    Writer(ByteSink& sink, std::vector<Column> columns, Labels labels);

    // Adds the value of the next column, whose type it must have.
    Writer& add_null();
    Writer& add(std::int64_t value);  // integer, timestamp
    Writer& add(double value);        // real
    // Text: bytes that are not UTF-8 become U+FFFD. With a key, add_known can add the text again.
    Writer& add(std::string_view value, std::optional<std::int64_t> key = std::nullopt);
    // Adds the text that was added with this key. Returns false and adds nothing if the row group does not
    // have it; then call add with the text and the key.
    [[nodiscard]] bool add_known(std::int64_t key);
    // From now on, keys may belong to other texts.
    void forget_keys();

    // Call it after one value for each column. It may write a row group.
    void end_row();

    // About the memory of the values that are not written yet, in bytes.
    [[nodiscard]] std::size_t size() const;
    // Bytes of the file so far.
    [[nodiscard]] std::int64_t written() const { return m_written; }

    // Writes the values that are not written yet as a row group.
    void flush();
    // Writes the remaining values and the footer. Readers do not accept a file without a footer. Call it
    // once.
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
