// The writer of each format, and what they share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "render/row_writer.hpp"

namespace snapq::render {

// Appends the value as text: the digits of a number, the hexadecimal digits of a blob, text as it is, and
// `null_text` for NULL.
void append_cell(std::string& to, const report::Cell& cell, std::string_view null_text);

[[nodiscard]] std::unique_ptr<RowWriter> make_table_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_delimited_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_json_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_markdown_writer(const RowOptions& options, ByteSink& sink);
[[nodiscard]] std::unique_ptr<RowWriter> make_line_writer(const RowOptions& options, ByteSink& sink);

}  // namespace snapq::render
