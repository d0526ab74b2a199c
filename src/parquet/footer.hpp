// The metadata at the end of a Parquet file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "parquet/column_chunk.hpp"

namespace snapq::parquet {

// The facts about a column chunk that the footer stores. Offsets are from the beginning of the file.
struct ChunkFacts {
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::int64_t uncompressed_bytes = 0;
    std::int64_t values = 0;
    std::int64_t data_page = 0;
    bool has_dictionary = false;
    Statistics statistics{};
};

struct RowGroupFacts {
    std::int64_t rows = 0;
    std::vector<ChunkFacts> chunks;  // one for each column
};

struct FileFacts {
    std::vector<Column> columns;
    std::vector<RowGroupFacts> row_groups;
    std::string created_by;
    std::vector<std::pair<std::string, std::string>> key_values;  // metadata of the writer's choice
};

// FileMetaData in Thrift's compact protocol.
[[nodiscard]] std::string footer_of(const FileFacts& file);

}  // namespace snapq::parquet
