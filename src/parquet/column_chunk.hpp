// A column of a Parquet file: what it holds, and its values in one row group, from the first row until they
// are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

// Smallest and largest value in Parquet's plain form, by which readers skip row groups.
struct Statistics {
    std::int64_t nulls = 0;
    // Absent: there are only NULLs, or a text is too long to be worth it.
    std::optional<std::string> least{};
    std::optional<std::string> largest{};
};

// A column chunk as it is in the file.
struct EncodedChunk {
    std::string bytes;                        // the pages with their headers
    std::int64_t uncompressed_bytes = 0;      // what they would take without compression
    std::int64_t values = 0;                  // with NULLs
    std::optional<std::int64_t> data_page{};  // its offset in `bytes`, where a dictionary page comes first
    Statistics statistics{};
};

// Collects the values of a column. Values that repeat take the least room in a dictionary; where it would
// grow too large, all values are plain.
class ColumnChunk {
public:
    explicit ColumnChunk(Type type) : m_type(type) {}

    void add_null();
    void add(std::int64_t value);      // integer, timestamp
    void add(double value);            // real
    void add(std::string_view value);  // text; valid UTF-8, see repair_utf8

    [[nodiscard]] Type type() const { return m_type; }
    // Memory of the values in bytes, about.
    [[nodiscard]] std::size_t size() const;
    // Compresses the pages with zstd, and forgets the values. Throws SystemError.
    [[nodiscard]] EncodedChunk take();

private:
    template <typename Value>
    void widen(Value value);
    void widen_text(std::string_view value);
    void append(const std::string& plain);
    [[nodiscard]] std::string_view entry(std::uint32_t position) const;
    [[nodiscard]] std::size_t plain_size() const;
    void give_up_dictionary();
    [[nodiscard]] unsigned index_width() const;
    [[nodiscard]] std::string data_page_body() const;

    Type m_type;
    std::vector<std::uint32_t> m_levels;  // definition levels: 0 for NULL, 1 for a value
    Statistics m_statistics;
    bool m_has_long_text = false;

    bool m_has_dictionary = true;
    std::unordered_map<std::string, std::uint32_t> m_positions;  // of plain values in the dictionary
    std::string m_dictionary;                                    // the plain values one after another
    std::vector<std::size_t> m_ends;                             // of each of them
    std::vector<std::uint32_t> m_indexes;                        // positions, one for each value

    std::string m_plain;  // without a dictionary: the values one after another
};

}  // namespace snapq::parquet
