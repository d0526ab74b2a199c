// The formats of `snapq export`.
#pragma once

#include <array>
#include <string_view>

namespace snapq::exports {

struct Format {
    std::string_view name;  // of --format
    std::string_view description;
};

inline constexpr std::array k_formats{
    Format{"parquet", "tables for DuckDB, Spark, Trino, ClickHouse and other query engines, in a directory"},
};

}  // namespace snapq::exports
