// Writes the HTML file: the page that is embedded in the program, with data blocks in the middle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "analysis/file_names.hpp"
#include "io/codecs.hpp"
#include "json/writer.hpp"
#include "support/bytes.hpp"

namespace snapq::page {

[[nodiscard]] std::string base64(std::string_view bytes);

// The length of base64() for this many bytes.
[[nodiscard]] constexpr std::size_t base64_length(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

// The page of src/page/web, which the build bundles and embeds into the program.
//
// False if the program was built with SNAPQ_REPORT=OFF. Both parts are then empty.
[[nodiscard]] bool has_embedded_page();

// The HTML before and after the data blocks, with style, script and the content security policy that allows
// these two by their hashes.
// Both are unpacked by the first call and live as long as the program.
[[nodiscard]] std::string_view page_before_data();
[[nodiscard]] std::string_view page_after_data();

// A data block is `<script type="application/octet-stream" id="ID">BASE64</script>`, which browsers neither
// run nor show. Only base64 and the program's own ids are written into the HTML, so no text of an archive can
// become HTML.
class HtmlWriter {
public:
    // Writes everything before the data. `to` must outlive the object.
    explicit HtmlWriter(ByteSink& to);

    // `id`: letters, digits and hyphens, a different one for each block. `deflated` is a raw deflate stream.
    void add_block(std::string_view id, std::string_view deflated);
    // Writes everything after the data.
    void finish();

    // Bytes of the file so far.
    [[nodiscard]] std::uint64_t written() const { return m_written; }

private:
    void write(std::string_view bytes);

    ByteSink& m_to;
    std::uint64_t m_written = 0;
};

// Changes the paths in all texts of a piece of JSON.
//
// `json` must be output of json::JsonWriter in which no text is cut. The names of members are changed too.
[[nodiscard]] std::string with_shown_names(std::string_view json, const analysis::ShownNames& names);

// A data block of JSON, compressed while it is written.
//
// It holds the compressed text and 300 KiB of buffers.
class JsonBlock {
public:
    // `names` changes the paths in all texts; it must outlive the object.
    explicit JsonBlock(const analysis::ShownNames& names)
        : m_names(names), m_json(m_waiting), m_deflater(m_compressed) {}
    JsonBlock(const JsonBlock&) = delete;
    JsonBlock& operator=(const JsonBlock&) = delete;

    [[nodiscard]] json::JsonWriter& json() { return m_json; }
    // Compresses what was written, if it is enough. Call it between values.
    void relieve();

    // The compressed size of everything that was written. Call it between values, and rarely, because each
    // call makes the compression a little worse.
    [[nodiscard]] std::size_t compressed_bytes();

    // Writes the block. Call it last.
    void write_to(HtmlWriter& page, std::string_view id);

private:
    void compress();

    const analysis::ShownNames& m_names;
    std::string m_waiting;
    std::string m_compressed;
    json::JsonWriter m_json;
    io::RawDeflater m_deflater;
};

// Browsers read JSON numbers as doubles. Integers that a double cannot hold exactly, such as addresses, are
// written as strings of decimal digits.
void write_integer(json::JsonWriter& to, std::int64_t value);
void write_integer(json::JsonWriter& to, std::uint64_t value);

// ---- limits on what a page shows of an archive ----

// Browsers read the numbers of a page as doubles, which are exact for integers below this one.
inline constexpr std::uint64_t k_beyond_doubles = std::uint64_t{1} << 53U;

// Nodes of the call tree. Real recordings have a few ten thousand. If there are more, a stack ends at its
// innermost frame that is already in the tree.
inline constexpr std::size_t k_most_nodes = std::size_t{1} << 20U;
inline constexpr std::int64_t k_most_step_moments = 1000;
inline constexpr std::int64_t k_most_oom_moments = 1000;
inline constexpr std::int64_t k_most_spans = 10'000;
inline constexpr std::size_t k_most_table_rows = 1000;

// ---- columns of numbers: unsigned LEB128 varints of 64 bits, deflated ----

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
