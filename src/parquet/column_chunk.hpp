// A column of a Parquet file: its type, and its values in one row group, which are collected until they are
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
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

// The smallest and the largest value in PLAIN encoding, by which readers skip row groups.
struct Statistics {
    std::int64_t nulls = 0;
    // nullopt: there are only NULLs, or a text is too long.
    std::optional<std::string> least{};
    std::optional<std::string> largest{};
};

// A column chunk in the form that is written to the file.
struct EncodedChunk {
    std::string bytes;                        // the pages with their headers
    std::int64_t uncompressed_bytes = 0;      // their size without compression
    std::int64_t values = 0;                  // with NULLs
    std::optional<std::int64_t> data_page{};  // its offset in `bytes`; set if a dictionary page is before it
    Statistics statistics{};
};

// Collects the values of a column. Values are dictionary-encoded, which makes repeated values small. If the
// dictionary grows too large and saves little, all values of the chunk are PLAIN.
class ColumnChunk {
public:
    explicit ColumnChunk(Type type) : m_type(type) {}

    void add_null();
    void add(std::int64_t value);      // integer, timestamp
    void add(double value);            // real
    void add(std::string_view value);  // text; valid UTF-8, see repair_utf8

    [[nodiscard]] Type type() const { return m_type; }
    // About the memory of the values, in bytes.
    [[nodiscard]] std::size_t size() const;
    // Compresses the pages with zstd and removes the values, so that the next row group can be added. Throws
    // SystemError if zstd fails.
    [[nodiscard]] EncodedChunk take();

private:
    template <typename Value>
    void widen(Value value);
    void widen_text(std::string_view value);
    void append(const std::string& plain);
    [[nodiscard]] std::string_view entry(std::uint32_t position) const;
    [[nodiscard]] bool is_short_without_dictionary() const;
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
    std::size_t m_plain_size = 0;                                // what they would take without it

    std::string m_plain;  // without a dictionary: the values one after another
};

// ---- the RLE/bit-packing hybrid encoding of definition levels and indexes into a dictionary ----

// The number of bits for values up to `largest`; at least 1, because not every reader accepts 0.
[[nodiscard]] unsigned bit_width(std::uint32_t largest);

// Appends the values, each below 2^width, where width is 1 to 32. Eight or more equal values become an RLE
// run, all others become bit-packed groups of eight. The last group is padded with zeros, which readers skip
// because they know the number of values.
void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width);

}  // namespace snapq::parquet
