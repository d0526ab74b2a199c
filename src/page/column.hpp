// A column of numbers in the form in which the page reads it: unsigned LEB128 varints of 64 bits, deflated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "io/codecs.hpp"
#include "json/writer.hpp"
#include "page/html_writer.hpp"

namespace snapq::page {

// The numbers that the varints store. plain: the values. delta: the difference from the previous value (0
// before the first one), zigzag-encoded.
enum class Coding : std::uint8_t { plain, delta };

// What a reader must know to decode a column: the members of its object in the page's JSON.
struct ColumnInfo {
    std::string id;
    Coding coding = Coding::plain;
    std::int64_t count = 0;
    std::int64_t raw_bytes = 0;  // of the varints
};

void write_column(json::JsonWriter& to, const ColumnInfo& column);

// Appends the varint of a number.
void append_varint(std::string& to, std::uint64_t value);

// 0, -1, 1, -2, … become 0, 1, 2, 3, …
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) {
    return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63U);
}

// Collects and compresses the numbers of a column. It holds the compressed bytes and 300 KiB of buffers.
class Column {
public:
    Column(std::string id, Coding coding);
    Column(const Column&) = delete;
    Column& operator=(const Column&) = delete;

    void add(std::uint64_t value) {
        append_varint(m_waiting, m_info.coding == Coding::plain
                                     ? value
                                     : zigzag(static_cast<std::int64_t>(value - m_before)));
        m_before = value;
        ++m_info.count;
        if (m_waiting.size() >= k_portion) compress();
    }
    void add(std::int64_t value) { add(static_cast<std::uint64_t>(value)); }

    // Ends the column. Nothing may be added afterwards.
    void finish();
    // The size of the numbers compressed so far, and of all numbers after finish().
    [[nodiscard]] std::size_t compressed_bytes() const { return m_compressed.size(); }

    // Ends the column if finish() was not called, and writes the block. Call it last.
    ColumnInfo write_to(HtmlWriter& page);

private:
    static constexpr std::size_t k_portion = std::size_t{16} << 10U;

    void compress();

    ColumnInfo m_info;
    std::uint64_t m_before = 0;
    std::string m_waiting;  // varints
    std::string m_compressed;
    io::RawDeflater m_deflater;
    bool m_is_finished = false;
};

}  // namespace snapq::page
