// Writes rows in the formats of `query`, one row at a time, so that memory does not depend on their number.
//
//     const auto writer = make_row_writer({RowFormat::csv}, sink);
//     writer->begin({"site", "bytes"});
//     writer->row(cells);
//     writer->end();
//
//   table, box   aligned for people. Widths and alignment come from the first rows (1 000 rows or
//                1 MiB), but no column is wider than 1 000 characters; longer cells overflow.
//                Characters that cannot be seen are shown as \n, \x1b and so on.
//   csv          RFC 4180 with line feeds; bytes are not changed; empty text is "", so that it
//                differs from NULL
//   tsv          as PostgreSQL's COPY: tab, line feed, carriage return, NUL and backslash are escaped
//   json, jsonl  one array of objects, or one object per line. Invalid UTF-8 becomes U+FFFD, and
//                infinities become null. A repeated column name gets a number ("size", "size:2").
//   markdown     a table in GitHub's dialect; markup is escaped, a line feed becomes <br>
//   line         NAME = VALUE, one column per line, an empty line between rows
//
// In all formats, blobs are upper-case hexadecimal digits, and a real number is the shortest text that reads
// back to the same value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/escape.hpp"
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
    bool header = true;                  // column names, in formats that have them
    std::string null_text;               // printed for NULL; not used by json and jsonl
    std::size_t max_width = 0;           // table and box: longer cells are cut to this many columns; 0: never
    Formulas formulas = Formulas::kept;  // csv and tsv
};

// Call begin(), then row() any number of times, then end(). After that, the next result can begin. Writes
// only complete rows to the sink, and throws the errors of the sink.
class RowWriter {
public:
    RowWriter() = default;
    RowWriter(const RowWriter&) = delete;
    RowWriter& operator=(const RowWriter&) = delete;
    virtual ~RowWriter() = default;

    virtual void begin(const std::vector<std::string>& columns) = 0;
    // `cells` has one cell for each column.
    virtual void row(std::span<const report::Cell> cells) = 0;
    virtual void end() = 0;
};

// `sink` must outlive the writer.
[[nodiscard]] std::unique_ptr<RowWriter> make_row_writer(const RowOptions& options, ByteSink& sink);

// ---- the writers of the formats, for make_row_writer, and what they share ----

// Appends the value as text: the digits of a number, the hexadecimal digits of a blob, text as it is, and
// `null_text` for NULL.
void append_cell(std::string& to, const report::Cell& cell, std::string_view null_text);

[[nodiscard]] std::unique_ptr<RowWriter> make_table_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_delimited_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_json_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_markdown_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_line_writer(const RowOptions& options, ByteSink& sink);

}  // namespace snapq::render
