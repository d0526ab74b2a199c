#include <array>
#include <charconv>

#include "render/escape.hpp"

namespace snapq::render {
namespace {

// "-1.5", "+2e9": what a spreadsheet reads as a number, not as a formula.
bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    const bool has_digit = text.size() > first && text[first] >= '0' && text[first] <= '9';  // not "-inf"
    return has_digit && parsed.ptr == end && parsed.ec == std::errc();
}

// In full width, too: some spreadsheets make them the same. Spaces and characters that cannot be seen do not
// make a cell safe.
bool begins_formula(std::string_view text) {
    if (text.empty()) return false;
    if (text[0] == '\t' || text[0] == '\r' || text[0] == '\n') return true;
    constexpr std::string_view k_mark = "\xef\xbb\xbf";  // U+FEFF
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        if (text.starts_with(k_mark)) {
            text.remove_prefix(k_mark.size());
        } else if (byte <= 0x20 || byte == 0x7f) {
            text.remove_prefix(1);
        } else {
            break;
        }
    }
    constexpr std::array<std::string_view, 8> k_signs{
        "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (const std::string_view sign : k_signs) {
        if (text.starts_with(sign)) return !is_number(text);
    }
    return false;
}

bool needs_quotes(std::string_view text, Formulas formulas) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
    const char* marks = formulas == Formulas::kept ? ",\"\r\n" : ",\"\r\n;\t";
    return text.find_first_of(marks) != std::string_view::npos;
}

}  // namespace

void append_csv_text(std::string& to, AnyText any, Formulas formulas) {
    const std::string_view text = any.raw();
    const bool is_disarmed = formulas == Formulas::disarmed && begins_formula(text);
    const bool quotes = needs_quotes(text, formulas);
    if (quotes) to += '"';
    if (is_disarmed) to += '\'';
    if (quotes) {
        for (const char c : text) to.append(c == '"' ? 2 : 1, c);
        to += '"';
    } else {
        to += text;
    }
}

void append_tsv_text(std::string& to, AnyText any, Formulas formulas) {
    const std::string_view text = any.raw();
    if (formulas == Formulas::disarmed && begins_formula(text)) to += '\'';
    for (const char c : text) {
        switch (c) {
            case '\t': to += "\\t"; break;
            case '\n': to += "\\n"; break;
            case '\r': to += "\\r"; break;
            case '\0': to += "\\0"; break;
            case '\\': to += "\\\\"; break;
            default: to += c;
        }
    }
}

}  // namespace snapq::render
