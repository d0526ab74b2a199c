// The tables of a lake: their columns, and the SQL that returns their rows. docs/lake.md describes them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "parquet/column_chunk.hpp"

namespace snapq::exports {

// Very many rows can share a text of a megabyte. So the query returns only its key, and the text is read once
// for each row group.
struct TextLookup {
    std::string_view column;
    std::string_view sql;  // returns the text for key ?1
};

struct LakeTable {
    std::string_view name;
    // True: written only if the user asks for it. Tables with a row for each allocation or event are much
    // larger than all others.
    bool is_on_request = false;
    std::vector<parquet::Column> columns;  // of the query
    // Runs on the database of an archive. {kind}, {phase} and {category} are placeholders for columns that
    // archives of early versions lack.
    std::string_view sql;
    // Columns for which the query returns keys.
    std::vector<TextLookup> lookups{};
};

// The first columns of every table: the name of the archive, and its rank.
inline constexpr std::string_view k_archive_column = "archive";
inline constexpr std::string_view k_rank_column = "rank";

// Table `archives` is the last one. The columns are those after the archive and its rank.
[[nodiscard]] std::span<const LakeTable> lake_tables();

}  // namespace snapq::exports
