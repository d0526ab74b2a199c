#include "json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "support/text.hpp"

namespace snapq::json {
namespace {

void append_escaped(std::string& to, char c) {
    switch (c) {
        case '"': to += "\\\""; return;
        case '\\': to += "\\\\"; return;
        case '\n': to += "\\n"; return;
        case '\r': to += "\\r"; return;
        case '\t': to += "\\t"; return;
        default: fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Length of the ASCII text without escapes at the start of `text`. Most texts contain little else.
std::size_t plain_length(std::string_view text) {
    const auto end = std::ranges::find_if(
        text, [](char c) { return static_cast<unsigned char>(c) >= 0x80 || needs_escape(c); });
    return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    for (;;) {
        const std::size_t plain = plain_length(text);
        to += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const Utf8Character character = first_character(text);
        if (!character.valid) {
            append_utf8(to, k_replacement_character);
        } else if (character.length == 1) {
            append_escaped(to, text[0]);
        } else {
            to += text.substr(0, character.length);
        }
        text.remove_prefix(character.length);
    }
    to += '"';
}

void append_json_real(std::string& to, double value) {
    if (!std::isfinite(value)) {
        to += "null";
        return;
    }
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    to += text;
}

void JsonWriter::separate() {
    if (!m_first) m_to += ',';
    m_first = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    m_to += bracket;
    m_first = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    m_to += bracket;
    m_first = false;
    return *this;
}

JsonWriter& JsonWriter::key(AnyText name) {
    separate();
    append_json_string(m_to, name.raw());
    m_to += ':';
    m_first = true;
    return *this;
}

JsonWriter& JsonWriter::value(AnyText text) {
    separate();
    append_json_string(m_to, text.raw());
    return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
    separate();
    fmt::format_to(std::back_inserter(m_to), "{}", number);
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    separate();
    append_json_real(m_to, number);
    return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
    return raw(flag ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    m_to += json;
    return *this;
}

}  // namespace snapq::json
