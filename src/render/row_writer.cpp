#include "render/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/row_writers.hpp"

namespace snapq::render {
namespace {

void append_real(std::string& to, double value) {
    if (std::isinf(value)) {
        to += value > 0 ? "Inf" : "-Inf";
        return;
    }
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";  // so that it is read back as a real
    to += text;
}

void append_hexadecimal(std::string& to, std::string_view bytes) {
    constexpr std::string_view k_digits = "0123456789ABCDEF";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        to += k_digits[byte >> 4U];
        to += k_digits[byte & 15U];
    }
}

}  // namespace

void append_cell(std::string& to, const report::Cell& cell, std::string_view null_text) {
    if (report::is_null(cell)) {
        to += null_text;
    } else if (const auto* integer = std::get_if<std::int64_t>(&cell)) {
        const fmt::format_int digits(*integer);
        to.append(digits.data(), digits.size());
    } else if (const auto* real = std::get_if<double>(&cell)) {
        append_real(to, *real);
    } else if (const auto* text = std::get_if<std::string_view>(&cell)) {
        to += *text;
    } else {
        append_hexadecimal(to, std::get<report::Blob>(cell).bytes);
    }
}

const std::vector<std::string>& row_format_names() {
    static const std::vector<std::string> names{"table", "box",   "csv",      "tsv",
                                                "json",  "jsonl", "markdown", "line"};
    return names;
}

std::optional<RowFormat> row_format_named(std::string_view name) {
    const auto found = std::ranges::find(row_format_names(), name);
    if (found == row_format_names().end()) return std::nullopt;
    return static_cast<RowFormat>(found - row_format_names().begin());
}

std::string_view name_of(RowFormat format) {
    return row_format_names()[static_cast<std::size_t>(format)];
}

std::unique_ptr<RowWriter> make_row_writer(const RowOptions& options, ByteSink& sink) {
    switch (options.format) {
        case RowFormat::table:
        case RowFormat::box: return make_table_writer(options, sink);
        case RowFormat::csv:
        case RowFormat::tsv: return make_delimited_writer(options, sink);
        case RowFormat::json:
        case RowFormat::jsonl: return make_json_writer(options, sink);
        case RowFormat::markdown: return make_markdown_writer(options, sink);
        case RowFormat::line: break;
    }
    return make_line_writer(options, sink);
}

}  // namespace snapq::render
