// Writes rows in the formats of `query`, one row at a time: a million cost no more memory than ten.
//
//     const auto writer = make_row_writer({RowFormat::csv}, sink);
//     writer->begin({"site", "bytes"});
//     writer->row(cells);
//     writer->end();
//
//   table, box  aligned for people; widths and alignment from the first rows (1 000, or 1 MiB of them), later
//   cells may
//               overflow. Control characters stand as \n, \x1b and so on.
//   csv         RFC 4180 with LF line ends; bytes as they are; empty text is "" so that it differs from NULL
//   tsv         as COPY of PostgreSQL: tab, line feed, carriage return, NUL and backslash behind a backslash
//   json        one array of objects; jsonl: an object a line. Broken UTF-8 becomes U+FFFD, infinities null;
//   a name that
//               stands twice gets a number behind it ("size", "size:2").
//   markdown    a table of GitHub's dialect; what would be markup is escaped, a line feed is <br>
//   line        NAME = VALUE, a column a line, an empty line between rows
//
// Blobs are upper-case hexadecimal digits everywhere, reals the shortest text that reads back to the same
// value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/cell.hpp"
#include "support/bytes.hpp"

namespace snapq::render {

enum class RowFormat : std::uint8_t { table, box, csv, tsv, json, jsonl, markdown, line };

[[nodiscard]] std::optional<RowFormat> row_format_named(std::string_view name);
[[nodiscard]] std::string_view name_of(RowFormat format);
// All names, in the order of the enumeration.
[[nodiscard]] const std::vector<std::string>& row_format_names();

struct RowOptions {
    RowFormat format = RowFormat::table;
    bool header = true;         // titles, where the format has them
    std::string null_text;      // json and jsonl have null and do not use it
    std::size_t max_width = 0;  // table and box: longer cells are cut to this many columns; 0: never
};

// begin, any number of rows, end; then it may begin anew. Hands complete rows to the sink, and throws what
// that throws.
class RowWriter {
public:
    RowWriter() = default;
    RowWriter(const RowWriter&) = delete;
    RowWriter& operator=(const RowWriter&) = delete;
    virtual ~RowWriter() = default;

    virtual void begin(const std::vector<std::string>& columns) = 0;
    // As many cells as there are columns.
    virtual void row(std::span<const report::Cell> cells) = 0;
    virtual void end() = 0;
};

// `sink` outlives the writer.
[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(const RowOptions& options, ByteSink& sink);

}  // namespace snapq::render
