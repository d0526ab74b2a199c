#include "parquet/footer.hpp"

#include <cstddef>
#include <limits>

#include "parquet/format.hpp"
#include "parquet/thrift.hpp"

namespace snapq::parquet {
namespace {

PhysicalType physical_type(Type type) {
    switch (type) {
        case Type::integer:
        case Type::timestamp: return PhysicalType::int64;
        case Type::real: return PhysicalType::real;
        case Type::text: return PhysicalType::bytes;
    }
    return PhysicalType::bytes;
}

void append_text_type(ThriftWriter& thrift) {
    thrift.int32(field::k_schema_converted_type, static_cast<std::int32_t>(ConvertedType::utf8));
    thrift.begin_struct(field::k_schema_logical_type);
    thrift.begin_struct(field::k_logical_string);
    thrift.end_struct();
    thrift.end_struct();
}

void append_timestamp_type(ThriftWriter& thrift) {
    thrift.int32(field::k_schema_converted_type, static_cast<std::int32_t>(ConvertedType::timestamp_micros));
    thrift.begin_struct(field::k_schema_logical_type);
    thrift.begin_struct(field::k_logical_timestamp);
    thrift.boolean(field::k_timestamp_is_utc, true);
    thrift.begin_struct(field::k_timestamp_unit);
    thrift.begin_struct(field::k_unit_micros);
    thrift.end_struct();
    thrift.end_struct();
    thrift.end_struct();
    thrift.end_struct();
}

// Appends the root of the schema, whose children are the columns, then the columns.
void append_schema(ThriftWriter& thrift, const std::vector<Column>& columns) {
    thrift.list_of_structs(field::k_file_schema, columns.size() + 1);
    thrift.begin_struct();
    thrift.binary(field::k_schema_name, "schema");
    thrift.int32(field::k_schema_children, static_cast<std::int32_t>(columns.size()));
    thrift.end_struct();
    for (const Column& column : columns) {
        thrift.begin_struct();
        thrift.int32(field::k_schema_type, static_cast<std::int32_t>(physical_type(column.type)));
        thrift.int32(field::k_schema_repetition, k_optional);
        thrift.binary(field::k_schema_name, column.name);
        if (column.type == Type::text) append_text_type(thrift);
        if (column.type == Type::timestamp) append_timestamp_type(thrift);
        thrift.end_struct();
    }
}

void append_statistics(ThriftWriter& thrift, const Statistics& statistics) {
    thrift.begin_struct(field::k_column_statistics);
    thrift.int64(field::k_statistics_nulls, statistics.nulls);
    if (statistics.largest) thrift.binary(field::k_statistics_largest, *statistics.largest);
    if (statistics.least) thrift.binary(field::k_statistics_least, *statistics.least);
    thrift.end_struct();
}

void append_chunk(ThriftWriter& thrift, const Column& column, const ChunkFacts& chunk) {
    std::vector<std::int32_t> encodings{static_cast<std::int32_t>(Encoding::plain),
                                        static_cast<std::int32_t>(Encoding::hybrid)};
    if (chunk.has_dictionary) encodings.push_back(static_cast<std::int32_t>(Encoding::dictionary));
    thrift.begin_struct();
    thrift.int64(field::k_chunk_offset, chunk.offset);
    thrift.begin_struct(field::k_chunk_metadata);
    thrift.int32(field::k_column_type, static_cast<std::int32_t>(physical_type(column.type)));
    thrift.list_of_int32(field::k_column_encodings, encodings);
    thrift.list_of_binary(field::k_column_path, {column.name});
    thrift.int32(field::k_column_codec, k_zstd);
    thrift.int64(field::k_column_values, chunk.values);
    thrift.int64(field::k_column_uncompressed_bytes, chunk.uncompressed_bytes);
    thrift.int64(field::k_column_compressed_bytes, chunk.bytes);
    thrift.int64(field::k_column_data_page, chunk.data_page);
    if (chunk.has_dictionary) thrift.int64(field::k_column_dictionary_page, chunk.offset);
    append_statistics(thrift, chunk.statistics);
    thrift.end_struct();
    thrift.end_struct();
}

void append_row_group(ThriftWriter& thrift, const FileFacts& file, std::size_t number) {
    const RowGroupFacts& group = file.row_groups[number];
    std::int64_t bytes = 0;
    std::int64_t uncompressed_bytes = 0;
    for (const ChunkFacts& chunk : group.chunks) {
        bytes += chunk.bytes;
        uncompressed_bytes += chunk.uncompressed_bytes;
    }
    thrift.begin_struct();
    thrift.list_of_structs(field::k_group_columns, group.chunks.size());
    for (std::size_t i = 0; i < group.chunks.size(); ++i)
        append_chunk(thrift, file.columns[i], group.chunks[i]);
    thrift.int64(field::k_group_bytes, uncompressed_bytes);
    thrift.int64(field::k_group_rows, group.rows);
    thrift.int64(field::k_group_offset, group.chunks.front().offset);
    thrift.int64(field::k_group_compressed_bytes, bytes);
    if (number <= std::numeric_limits<std::int16_t>::max()) {
        thrift.int16(field::k_group_ordinal, static_cast<std::int16_t>(number));
    }
    thrift.end_struct();
}

void append_key_values(ThriftWriter& thrift, const FileFacts& file) {
    thrift.list_of_structs(field::k_file_key_values, file.key_values.size());
    for (const auto& [key, value] : file.key_values) {
        thrift.begin_struct();
        thrift.binary(field::k_key, key);
        thrift.binary(field::k_value, value);
        thrift.end_struct();
    }
}

// Without the column orders, readers ignore the smallest and largest values.
void append_column_orders(ThriftWriter& thrift, std::size_t columns) {
    thrift.list_of_structs(field::k_file_column_orders, columns);
    for (std::size_t i = 0; i < columns; ++i) {
        thrift.begin_struct();
        thrift.begin_struct(field::k_order_of_type);
        thrift.end_struct();
        thrift.end_struct();
    }
}

}  // namespace

std::string footer_of(const FileFacts& file) {
    std::int64_t rows = 0;
    for (const RowGroupFacts& group : file.row_groups) rows += group.rows;
    std::string footer;
    ThriftWriter thrift(footer);
    thrift.begin_struct();
    thrift.int32(field::k_file_version, k_version);
    append_schema(thrift, file.columns);
    thrift.int64(field::k_file_rows, rows);
    thrift.list_of_structs(field::k_file_row_groups, file.row_groups.size());
    for (std::size_t i = 0; i < file.row_groups.size(); ++i) append_row_group(thrift, file, i);
    if (!file.key_values.empty()) append_key_values(thrift, file);
    thrift.binary(field::k_file_created_by, file.created_by);
    append_column_orders(thrift, file.columns.size());
    thrift.end_struct();
    return footer;
}

}  // namespace snapq::parquet
