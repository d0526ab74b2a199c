#include "render/markdown.hpp"

#include <fmt/format.h>

#include "support/utf8.hpp"

namespace snapq::render {
namespace {

bool is_word_byte(std::string_view text, std::size_t at) {
    if (at >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

// GitHub's dialect does not treat an underscore within a word as markup, so identifiers remain readable.
bool is_inside_word(std::string_view text, std::size_t at) {
    return at > 0 && is_word_byte(text, at - 1) && is_word_byte(text, at + 1);
}

void append_ascii(std::string& to, std::string_view text, std::size_t at) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    // Spaces at the edges of a cell would be dropped.
    const bool is_edge_space = c == ' ' && (at == 0 || at + 1 == text.size());
    if (c == '\n') {
        to += "<br>";
    } else if (byte < 0x20 || byte == 0x7f || c == '@' || is_edge_space) {
        to += fmt::format("&#{};", static_cast<unsigned>(byte));
    } else if (c == '<') {
        to += "&lt;";
    } else if (c == '>') {
        to += "&gt;";
    } else if (c == '&') {
        to += "&amp;";
    } else if (std::string_view("\\`*[]|~#").find(c) != std::string_view::npos ||
               (c == '_' && !is_inside_word(text, at))) {
        to += '\\';
        to += c;
    } else {
        to += c;
    }
}

}  // namespace

std::string escape_markdown(std::string_view text) {
    std::string escaped;
    for (std::size_t at = 0; at < text.size();) {
        const Utf8Character character = first_character(text.substr(at));
        if (!character.valid) {
            escaped += "\xef\xbf\xbd";
        } else if (character.length == 1) {
            append_ascii(escaped, text, at);
        } else {
            escaped += text.substr(at, character.length);
        }
        at += character.length;
    }
    return escaped;
}

std::string markdown_details(std::string_view title, std::string_view body) {
    if (body.empty()) return {};
    return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, body);
}

}  // namespace snapq::render
