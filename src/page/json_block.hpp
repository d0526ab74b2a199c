// A data block of JSON, compressed while it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analysis/file_names.hpp"
#include "io/codecs.hpp"
#include "json/writer.hpp"
#include "page/html_writer.hpp"

namespace snapq::page {

// Holds the compressed text, and 300 KiB.
class JsonBlock {
public:
    // `names` changes the paths in all texts; it must outlive the object.
    explicit JsonBlock(const analysis::ShownNames& names)
        : m_names(names), m_json(m_waiting), m_deflater(m_compressed) {}
    JsonBlock(const JsonBlock&) = delete;
    JsonBlock& operator=(const JsonBlock&) = delete;

    [[nodiscard]] json::JsonWriter& json() { return m_json; }
    // To be called between values: compresses what was written if it is much.
    void relieve();

    // Of everything that was written. To be called between values, and rarely, because it costs some
    // compression.
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

// Browsers read JSON numbers as doubles, so larger integers, such as addresses, are strings of decimal
// digits.
void write_integer(json::JsonWriter& to, std::int64_t value);
void write_integer(json::JsonWriter& to, std::uint64_t value);

}  // namespace snapq::page
