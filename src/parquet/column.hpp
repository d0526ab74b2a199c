// What a column of a Parquet file holds.
#pragma once

#include <cstdint>
#include <string>

namespace snapq::parquet {

enum class Type : std::uint8_t {
    integer,    // 64 bits, signed
    real,       // double
    text,       // UTF-8
    timestamp,  // microseconds since the Unix epoch, UTC
};

// Every column may hold NULL.
struct Column {
    std::string name;
    Type type = Type::integer;
};

}  // namespace snapq::parquet
