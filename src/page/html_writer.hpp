// Writes the HTML file: the page that is embedded in the program, with data blocks in the middle.
#pragma once

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

}  // namespace snapq::page
