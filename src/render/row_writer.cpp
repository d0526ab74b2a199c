#include "render/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "json/writer.hpp"
#include "render/escape.hpp"
#include "render/terminal_text.hpp"

namespace snapq::render {
namespace {

void append_real(std::string& to, double value) {
    if (std::isinf(value)) {
        to += value > 0 ? "Inf" : "-Inf";
        return;
    }
    const std::size_t begin = to.size();
    fmt::format_to(std::back_inserter(to), "{}", value);
    if (to.find_first_of(".e", begin) == std::string::npos) to += ".0";  // so that it is read back as a real
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

namespace {

class DelimitedWriter final : public RowWriter {
public:
    DelimitedWriter(const RowOptions& options, ByteSink& sink)
        : m_options(options), m_sink(sink), m_is_csv(options.format == RowFormat::csv) {}

    void begin(const std::vector<std::string>& columns) override {
        if (!m_options.header) return;
        for (const std::string& column : columns) field(column, m_options.formulas);
        finish_line();
    }

    void row(std::span<const report::Cell> cells) override {
        for (const report::Cell& cell : cells) {
            if (const auto* text = std::get_if<std::string_view>(&cell)) {
                field(*text, m_options.formulas);
                continue;
            }
            if (report::is_number(cell)) {  // digits and signs, which need no quotes and are never a formula
                separate();
                append_cell(m_line, cell, {});
                continue;
            }
            m_value.clear();
            append_cell(m_value, cell, m_options.null_text);
            // NULL without a text is an empty field, unless the whole line would be empty, because readers
            // skip empty lines.
            const bool nothing = m_value.empty() && report::is_null(cell) && cells.size() > 1;
            if (nothing) {
                separate();
            } else {
                field(m_value, Formulas::kept);
            }
        }
        finish_line();
    }

    void end() override {}

private:
    void separate() {
        if (m_started) m_line += m_is_csv ? ',' : '\t';
        m_started = true;
    }
    void field(std::string_view text, Formulas formulas) {
        separate();
        m_is_csv ? append_csv_text(m_line, text, formulas) : append_tsv_text(m_line, text, formulas);
    }
    void finish_line() {
        m_line += '\n';
        m_sink.write(m_line);
        m_line.clear();
        m_started = false;
    }

    RowOptions m_options;
    ByteSink& m_sink;
    bool m_is_csv;
    std::string m_line;
    std::string m_value;
    bool m_started = false;
};

}  // namespace

std::unique_ptr<RowWriter> make_delimited_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<DelimitedWriter>(options, sink);
}

namespace {

// Most readers keep only one of several members with the same name.
std::vector<std::string> unique_names(const std::vector<std::string>& columns) {
    std::set<std::string> taken(columns.begin(), columns.end());
    std::set<std::string> used;
    std::vector<std::string> names;
    for (const std::string& column : columns) {
        std::string name = column;
        for (int number = 2; !used.insert(name).second; ++number) {
            name = fmt::format("{}:{}", column, number);
            if (taken.contains(name)) name = column;  // another column has this name
        }
        names.push_back(name);
    }
    return names;
}

class JsonRowWriter final : public RowWriter {
public:
    JsonRowWriter(bool is_array, ByteSink& sink) : m_is_array(is_array), m_sink(sink) {}

    void begin(const std::vector<std::string>& columns) override {
        m_keys.clear();
        for (const std::string& name : unique_names(columns)) {
            std::string key;
            json::append_json_string(key, name);
            m_keys.push_back(key + ':');
        }
        m_first = true;
    }

    void row(std::span<const report::Cell> cells) override {
        if (m_is_array) m_line += m_first ? "[" : ",\n ";
        m_first = false;
        m_line += '{';
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) m_line += ',';
            m_line += m_keys[i];
            append_value(cells[i]);
        }
        m_line += '}';
        if (!m_is_array) m_line += '\n';
        flush();
    }

    void end() override {
        if (m_is_array) m_line += m_first ? "[]\n" : "]\n";
        flush();
    }

private:
    void append_value(const report::Cell& cell) {
        if (const auto* text = std::get_if<std::string_view>(&cell)) {
            json::append_json_string(m_line, *text);
        } else if (const auto* real = std::get_if<double>(&cell)) {
            json::append_json_real(m_line, *real);
        } else if (std::holds_alternative<report::Blob>(cell)) {
            m_line += '"';
            append_cell(m_line, cell, "");
            m_line += '"';
        } else {
            append_cell(m_line, cell, "null");
        }
    }
    void flush() {
        m_sink.write(m_line);
        m_line.clear();
    }

    bool m_is_array;
    ByteSink& m_sink;
    std::vector<std::string> m_keys;
    std::string m_line;
    bool m_first = true;
};

}  // namespace

std::unique_ptr<RowWriter> make_json_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<JsonRowWriter>(options.format == RowFormat::json, sink);
}

namespace {

class LineWriter final : public RowWriter {
public:
    LineWriter(RowOptions options, ByteSink& sink) : m_options(std::move(options)), m_sink(sink) {}

    void begin(const std::vector<std::string>& columns) override {
        m_names.clear();
        m_width = 0;
        m_first = true;
        for (const std::string& column : columns) {
            m_names.push_back(printable(column));
            m_width = std::max(m_width, display_width(m_names.back()));
        }
    }

    void row(std::span<const report::Cell> cells) override {
        std::string text;
        if (!m_first) text += '\n';
        m_first = false;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string value;
            append_cell(value, cells[i], m_options.null_text);
            if (m_options.header) {
                text.append(m_width - display_width(m_names[i]), ' ');
                text += m_names[i] + " = ";
            }
            append_lines(text, printable_lines(value));
        }
        m_sink.write(text);
    }

    void end() override {}

private:
    // Aligns all lines of a text, such as a stack, to the right of the name.
    void append_lines(std::string& to, const std::string& value) const {
        for (const char c : value) {
            to += c;
            if (c == '\n' && m_options.header) to.append(m_width + 3, ' ');
        }
        to += '\n';
    }

    RowOptions m_options;
    ByteSink& m_sink;
    std::vector<std::string> m_names;
    std::size_t m_width = 0;
    bool m_first = true;
};

}  // namespace

std::unique_ptr<RowWriter> make_line_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<LineWriter>(options, sink);
}

}  // namespace snapq::render
