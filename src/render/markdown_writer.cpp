#include <fmt/format.h>

#include <string>

#include "render/sampled_writer.hpp"
#include "support/utf8.hpp"

namespace snapq::render {
namespace {

bool is_word(std::string_view text, std::size_t at) {
    if (at >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

// An underscore within a word is no markup in GitHub's dialect; names with many of them stay readable so.
bool is_inside_word(std::string_view text, std::size_t at) {
    return at > 0 && is_word(text, at - 1) && is_word(text, at + 1);
}

void append_ascii(std::string& to, std::string_view text, std::size_t at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    const bool at_edge = at == 0 || at + 1 == text.size();
    if (c == '\n') {
        to += "<br>";
    } else if (byte < 0x20 || byte == 0x7f || (c == ' ' && at_edge)) {
        to += fmt::format("&#{};",
                          static_cast<unsigned>(byte));  // blanks at the edges of a cell would be dropped
    } else if (c == '<') {
        to += "&lt;";
    } else if (c == '>') {
        to += "&gt;";
    } else if (c == '&') {
        to += "&amp;";
    } else if (std::string_view("\\`*[]|~").find(c) != std::string_view::npos ||
               (c == '_' && !is_inside_word(text, at))) {
        to += '\\';
        to += c;
    } else {
        to += c;
    }
}

std::string escaped(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Character character = first_character(text.substr(at));
        if (!character.valid) {
            result += "\xef\xbf\xbd";
        } else if (character.length == 1) {
            append_ascii(result, text, at);
        } else {
            result += text.substr(at, character.length);
        }
        at += character.length;
    }
    return result;
}

class MarkdownWriter final : public SampledWriter {
public:
    MarkdownWriter(const RowOptions& options, ByteSink& sink)
        : SampledWriter(options.null_text), m_options(options), m_sink(sink) {}

private:
    [[nodiscard]] std::string shown(const std::string& value) const override { return escaped(value); }

    // A table of this dialect always has a head; without titles its cells are empty.
    void append_head(std::string& to, const std::vector<TableColumn>& columns) override {
        for (const TableColumn& column : columns) to += m_options.header ? "| " + column.title + ' ' : "| ";
        to += "|\n";
        for (const TableColumn& column : columns) to += column.align == Align::right ? "|---:" : "|---";
        to += "|\n";
    }
    void append_row(std::string& to, const std::vector<std::string>& cells) override {
        for (const std::string& cell : cells) to += "| " + cell + ' ';
        to += "|\n";
    }
    void append_end(std::string&) override {}
    ByteSink& sink() override { return m_sink; }

    RowOptions m_options;
    ByteSink& m_sink;
};

}  // namespace

std::unique_ptr<RowWriter> make_markdown_writer(const RowOptions& options, ByteSink& sink) {
    return std::make_unique<MarkdownWriter>(options, sink);
}

}  // namespace snapq::render
