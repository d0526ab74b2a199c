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

#include "support/interner.hpp"

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
    void add(std::int64_t value);  // integer, timestamp
    void add(double value);        // real
    // Text: valid UTF-8, see repair_utf8. With a key, add_known can add the text again.
    void add(std::string_view value, std::optional<std::int64_t> key = std::nullopt);

    // Adds the text that was added with this key, without reading or comparing it. Returns false and adds
    // nothing if no text was added with the key since the last take(), or if the column keeps no dictionary.
    [[nodiscard]] bool add_known(std::int64_t key);
    // From now on, keys may belong to other texts.
    void forget_keys() { m_known.clear(); }

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
    void append(std::string_view plain);
    void append_position(std::uint32_t position);
    void append_without_dictionary(std::string_view plain);
    [[nodiscard]] bool is_short_without_dictionary() const;
    void give_up_dictionary();
    [[nodiscard]] unsigned index_width() const;
    [[nodiscard]] bool is_smaller_with_dictionary() const;
    [[nodiscard]] std::string dictionary_page_body() const;
    [[nodiscard]] std::string data_page_body(bool has_dictionary) const;

    Type m_type;
    std::vector<std::uint32_t> m_levels;  // definition levels: 0 for NULL, 1 for a value
    Statistics m_statistics;
    bool m_has_long_text = false;

    bool m_has_dictionary = true;
    TextInterner m_dictionary;             // plain values; an id is a position in the dictionary
    std::size_t m_dictionary_bytes = 0;    // of the plain values
    std::vector<std::uint32_t> m_indexes;  // positions, one for each value
    std::unordered_map<std::int64_t, std::uint32_t> m_known;  // positions by the caller's keys
    std::size_t m_plain_bytes = 0;                            // of all values, with and without a dictionary

    // Without a dictionary: the plain values one after another. In pieces, because a string that grows needs
    // up to three times the memory while it moves.
    std::vector<std::string> m_pieces;
};

// ---- the RLE/bit-packing hybrid encoding of definition levels and indexes into a dictionary ----

// The number of bits for values up to `largest`; at least 1, because not every reader accepts 0.
[[nodiscard]] unsigned bit_width(std::uint32_t largest);

// Appends the values, each below 2^width, where width is 1 to 32. Eight or more equal values become an RLE
// run, all others become bit-packed groups of eight. The last group is padded with zeros, which readers skip
// because they know the number of values.
void append_hybrid(std::string& to, std::span<const std::uint32_t> values, unsigned width);

}  // namespace snapq::parquet
