// The numbers of Parquet's metadata that snapq writes.
//
// Their source is https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
#pragma once

#include <cstdint>

namespace snapq::parquet {

enum class PageType : std::int32_t { data = 0, dictionary = 2 };

// The names in Parquet are PLAIN, RLE (the RLE/bit-packing hybrid) and RLE_DICTIONARY.
enum class Encoding : std::int32_t { plain = 0, hybrid = 3, dictionary = 8 };

enum class PhysicalType : std::int32_t { int64 = 2, real = 5, bytes = 6 };

enum class ConvertedType : std::int32_t { utf8 = 0, timestamp_micros = 10 };

inline constexpr std::int32_t k_optional = 1;  // a repetition type
inline constexpr std::int32_t k_zstd = 6;      // a compression codec
inline constexpr std::int32_t k_version = 2;   // of the format; data pages are those of version 1

// Numbers of fields, by the struct that they belong to.
namespace field {

// PageHeader, DataPageHeader, DictionaryPageHeader
inline constexpr int k_page_type = 1;
inline constexpr int k_page_uncompressed_size = 2;
inline constexpr int k_page_compressed_size = 3;
inline constexpr int k_page_data = 5;
inline constexpr int k_page_dictionary = 7;
inline constexpr int k_page_values = 1;
inline constexpr int k_page_encoding = 2;
inline constexpr int k_page_definition_encoding = 3;
inline constexpr int k_page_repetition_encoding = 4;

// FileMetaData
inline constexpr int k_file_version = 1;
inline constexpr int k_file_schema = 2;
inline constexpr int k_file_rows = 3;
inline constexpr int k_file_row_groups = 4;
inline constexpr int k_file_key_values = 5;
inline constexpr int k_file_created_by = 6;
inline constexpr int k_file_column_orders = 7;
inline constexpr int k_key = 1;
inline constexpr int k_value = 2;
inline constexpr int k_order_of_type = 1;  // of ColumnOrder

// SchemaElement
inline constexpr int k_schema_type = 1;
inline constexpr int k_schema_repetition = 3;
inline constexpr int k_schema_name = 4;
inline constexpr int k_schema_children = 5;
inline constexpr int k_schema_converted_type = 6;
inline constexpr int k_schema_logical_type = 10;
inline constexpr int k_logical_string = 1;
inline constexpr int k_logical_timestamp = 8;
inline constexpr int k_timestamp_is_utc = 1;
inline constexpr int k_timestamp_unit = 2;
inline constexpr int k_unit_micros = 2;

// RowGroup
inline constexpr int k_group_columns = 1;
inline constexpr int k_group_bytes = 2;
inline constexpr int k_group_rows = 3;
inline constexpr int k_group_offset = 5;
inline constexpr int k_group_compressed_bytes = 6;
inline constexpr int k_group_ordinal = 7;

// ColumnChunk, ColumnMetaData, Statistics
inline constexpr int k_chunk_offset = 2;
inline constexpr int k_chunk_metadata = 3;
inline constexpr int k_column_type = 1;
inline constexpr int k_column_encodings = 2;
inline constexpr int k_column_path = 3;
inline constexpr int k_column_codec = 4;
inline constexpr int k_column_values = 5;
inline constexpr int k_column_uncompressed_bytes = 6;
inline constexpr int k_column_compressed_bytes = 7;
inline constexpr int k_column_data_page = 9;
inline constexpr int k_column_dictionary_page = 11;
inline constexpr int k_column_statistics = 12;
inline constexpr int k_statistics_nulls = 3;
inline constexpr int k_statistics_largest = 5;
inline constexpr int k_statistics_least = 6;

}  // namespace field

}  // namespace snapq::parquet
