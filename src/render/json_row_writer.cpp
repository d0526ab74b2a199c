#include <fmt/format.h>

#include <set>
#include <string>

#include "json/writer.hpp"
#include "render/row_writers.hpp"

namespace snapq::render {
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

}  // namespace snapq::render
