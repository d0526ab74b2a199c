#include "render/escape.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "support/text.hpp"

namespace snapq::render {
namespace {

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

// Characters that could make one text look like another. Unicode calls most characters without a width
// "ignorable", also the marks that change the direction of writing. The separators of lines and paragraphs
// and the marks of annotations are not in that class, so they are listed here.
bool is_invisible(char32_t code) {
    if (code < 0xa0) return false;
    return code == 0x2028 || code == 0x2029 || (code >= 0xfff9 && code <= 0xfffb) ||
           utf8proc_get_property(static_cast<utf8proc_int32_t>(code))->ignorable != 0;
}

std::string escaped(char32_t code) {
    switch (code) {
        case '\0': return "\\0";
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: break;
    }
    const auto number = static_cast<unsigned>(code);
    if (number < 0x80) return fmt::format("\\x{:02x}", number);
    return number < 0x10000 ? fmt::format("\\u{:04x}", number) : fmt::format("\\U{:08x}", number);
}

std::string replace_hidden(std::string_view text, bool keep_line_feeds) {
    if (is_plain_ascii(text)) return std::string(text);
    std::string result;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        const std::string_view bytes = text.substr(0, character.length);
        text.remove_prefix(character.length);
        if (!character.valid) {
            append_utf8(result, k_replacement_character);
        } else if (std::string escape = shown_hidden(character.code);
                   escape.empty() || (keep_line_feeds && character.code == '\n')) {
            result += bytes;
        } else {
            result += escape;
        }
    }
    return result;
}

bool is_plain_byte(char byte) {
    return byte >= 0x20 && byte < 0x7f;
}

// Whether eight bytes are plain. A byte below 0x20 gets its highest bit by the subtraction, 0x7f by the
// addition, and the others that are not plain have it. A carry or borrow starts only at such a byte.
bool is_plain_word(std::uint64_t word) {
    constexpr std::uint64_t k_each = 0x0101010101010101;
    return ((word | (word + k_each) | (word - 0x20 * k_each)) & (0x80 * k_each)) == 0;
}

}  // namespace

bool is_plain_ascii(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    for (std::uint64_t word = 0; left >= sizeof word; at += sizeof word, left -= sizeof word) {
        std::memcpy(&word, at, sizeof word);
        if (!is_plain_word(word)) return false;
    }
    for (; left > 0; ++at, --left) {
        if (!is_plain_byte(*at)) return false;
    }
    return true;
}

std::string shown_hidden(char32_t code) {
    return is_control(code) || is_invisible(code) ? escaped(code) : std::string();
}

std::string printable(AnyText text) {
    return replace_hidden(text.raw(), false);
}

std::string printable_lines(AnyText text) {
    return replace_hidden(text.raw(), true);
}

namespace {

// Whether a spreadsheet reads the text as a number, not as a formula: "-1.5", "+2e9".
bool is_number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    const bool has_digit = text.size() > first && text[first] >= '0' && text[first] <= '9';  // not "-inf"
    return has_digit && parsed.ptr == end && parsed.ec == std::errc();
}

// Full-width forms of the characters count too, because some spreadsheets treat them alike. Spaces and
// invisible characters in front do not make a cell safe, so they are skipped.
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

// Which bytes need quotes: where formulas are kept, and where they are disarmed.
constexpr auto k_csv_marks = [] {
    std::array<std::array<bool, 256>, 2> marks{};
    for (const char c : {',', '"', '\r', '\n'}) marks[0][static_cast<unsigned char>(c)] = true;
    marks[1] = marks[0];
    for (const char c : {';', '\t'}) marks[1][static_cast<unsigned char>(c)] = true;
    return marks;
}();

bool needs_quotes(std::string_view text, Formulas formulas) {
    if (text.empty() || text.front() == ' ' || text.back() == ' ') return true;
    const auto& marks = k_csv_marks[formulas == Formulas::kept ? 0 : 1];
    return std::ranges::any_of(text, [&](char c) { return marks[static_cast<unsigned char>(c)]; });
}

}  // namespace

void append_csv_text(std::string& to, AnyText text, Formulas formulas) {
    const std::string_view raw = text.raw();
    const bool is_disarmed = formulas == Formulas::disarmed && begins_formula(raw);
    const bool quotes = needs_quotes(raw, formulas);
    if (quotes) to += '"';
    if (is_disarmed) to += '\'';
    if (quotes) {
        for (const char c : raw) to.append(c == '"' ? 2 : 1, c);
        to += '"';
    } else {
        to += raw;
    }
}

void append_tsv_text(std::string& to, AnyText text, Formulas formulas) {
    const std::string_view raw = text.raw();
    if (formulas == Formulas::disarmed && begins_formula(raw)) to += '\'';
    for (const char c : raw) {
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

namespace {

bool ends_line(char c) {
    return c == '\n' || c == '\r';
}

// Every byte that can belong to a character without a width. Other characters have such bytes too, which only
// makes the guard more careful.
bool may_be_invisible(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || byte < 0x20 || byte == 0x7f;
}

// Whether the "::" of a C++ name may follow this character, as in "f()::", "v<int>::", "{lambda}::" and
// "'f'::".
bool ends_word(char c) {
    return is_word_character(c) || std::string_view(")>]}'`").find(c) != std::string_view::npos;
}

// A workflow command is one line in which % and line ends are escaped, and in properties also ':' and ','.
std::string percent_escaped(std::string_view text, bool property) {
    std::string escaped;
    for (const char c : text) {
        const bool special = c == '%' || ends_line(c) || (property && (c == ':' || c == ','));
        if (special) {
            escaped += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string guarded(std::string_view text) {
    std::string safe;
    WorkflowGuard().append(safe, text);
    return safe;
}

}  // namespace

void WorkflowGuard::append_code(std::string& to, char c) const {
    fmt::format_to(std::back_inserter(to),
                   fmt::runtime(m_content == Content::json ? "\\u{:04x}" : "\\x{:02x}"),
                   static_cast<unsigned>(static_cast<unsigned char>(c)));
}

void WorkflowGuard::append_special(std::string& to, char c) {
    const bool is_command = (c == ':' && m_after_colon) || (c == '[' && m_hashes == 2);
    is_command ? append_code(to, c) : to.push_back(c);
    m_after_colon = c == ':' && !m_after_word && !is_command;
    m_hashes = c == '#' ? std::min(m_hashes + 1, 2) : 0;
    // The second colon after "std:" belongs to the word too, and so does a colon that was replaced by its
    // code.
    m_after_word = is_command || (c == ':' && m_after_word);
}

void WorkflowGuard::append(std::string& to, std::string_view bytes) {
    for (const char c : bytes) {
        if (c == ':' || c == '[' || c == '#') {
            append_special(to, c);
            continue;
        }
        to.push_back(c);
        if (ends_line(c) || !may_be_invisible(c)) {
            m_after_colon = false;
            m_hashes = 0;
        }
        m_after_word = ends_word(c);
    }
}

std::string workflow_command(std::string_view command, AnyText title, AnyText message) {
    return fmt::format("::{} title={}::{}\n", command, percent_escaped(guarded(title.raw()), true),
                       percent_escaped(guarded(message.raw()), false));
}

std::string markdown_details(std::string_view title, std::string_view body) {
    if (body.empty()) return {};
    return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n\n", title, body);
}

namespace {

// U+200D. It cannot be a part of a name, a number or an address, so GitHub ends each of them there.
constexpr std::string_view k_joiner = "\xe2\x80\x8d";

bool is_letter_or_digit(char c) {
    return is_word_character(c) && c != '_';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// GitHub makes a link of a word with this many hexadecimal digits if it is a commit.
constexpr std::size_t k_fewest_digits = 7;
constexpr std::size_t k_most_digits = 40;

bool could_be_commit(std::string_view word) {
    return word.size() >= k_fewest_digits && word.size() <= k_most_digits &&
           word.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// The end of a word, with the underscores inside it. GitHub's dialect does not treat these as markup.
std::size_t end_of_word(std::string_view text, std::size_t at) {
    const auto continues = [&](std::size_t i) {
        if (is_letter_or_digit(text[i])) return true;
        if (text[i] != '_' || text[i - 1] == '_' || i + 1 == text.size()) return false;
        return is_letter_or_digit(text[i + 1]) || static_cast<unsigned char>(text[i + 1]) >= 0x80;
    };
    ++at;
    while (at < text.size() && continues(at)) ++at;
    return at;
}

// "www." is the beginning of an address, "GH-12" is an issue.
bool begins_reference(std::string_view word, std::string_view rest) {
    if (word.size() > 3 || rest.empty()) return false;
    const std::string small = lowercase(word);
    return (small.ends_with("www") && rest[0] == '.') ||
           (small == "gh" && rest[0] == '-' && rest.size() > 1 && is_digit(rest[1]));
}

// Splits a word into pieces with too few digits for a commit.
void append_in_pieces(std::string& to, std::string_view word) {
    for (std::size_t at = 0; at < word.size(); at += k_fewest_digits - 1) {
        to.append(at == 0 ? "" : k_joiner).append(word.substr(at, k_fewest_digits - 1));
    }
}

// Returns where the word ends.
std::size_t append_word(std::string& to, std::string_view text, std::size_t at) {
    const std::size_t end = end_of_word(text, at);
    const std::string_view word = text.substr(at, end - at);
    if (could_be_commit(word)) {
        append_in_pieces(to, word);
    } else {
        to += word;
        if (begins_reference(word, text.substr(end))) to += k_joiner;
    }
    return end;
}

void append_mark(std::string& to, std::string_view text, std::size_t at) {
    const char c = text[at];
    const bool is_edge = at == 0 || at + 1 == text.size();
    switch (c) {
        case '\n': to += "<br>"; return;
        case '<': to += "&lt;"; return;
        case '>': to += "&gt;"; return;
        case '&': to += "&amp;"; return;
        case ' ': to += is_edge ? "&#32;" : " "; return;  // GitHub drops spaces at the edges
        case '@': to.append("@").append(k_joiner); return;
        case '#': to.append("\\#").append(k_joiner); return;
        case ':': to.append(":").append(text.substr(at + 1).starts_with("//") ? k_joiner : ""); return;
        default: break;
    }
    if (std::string_view("\\`*[]|~$_").find(c) != std::string_view::npos) to += '\\';
    to += c;
}

bool is_underscore_after_character(std::string_view text, std::size_t at) {
    return text[at] == '_' && at > 0 && static_cast<unsigned char>(text[at - 1]) >= 0x80 &&
           at + 1 < text.size() &&
           (is_letter_or_digit(text[at + 1]) || static_cast<unsigned char>(text[at + 1]) >= 0x80);
}

// Returns where the character ends.
std::size_t append_character(std::string& to, std::string_view text, std::size_t at) {
    const Utf8Character character = first_character(text.substr(at));
    const std::string hidden = character.code == '\n' ? std::string() : shown_hidden(character.code);
    if (!character.valid) {
        append_utf8(to, k_replacement_character);
    } else if (!hidden.empty()) {
        to.append("\\").append(hidden);  // `hidden` begins with a backslash, which Markdown needs twice
    } else if (character.length > 1 || is_underscore_after_character(text, at)) {
        to += text.substr(at, character.length);
    } else {
        append_mark(to, text, at);
    }
    return at + character.length;
}

}  // namespace

std::string escape_markdown(AnyText text) {
    const std::string_view raw = text.raw();
    std::string escaped;
    escaped.reserve(raw.size());
    for (std::size_t at = 0; at < raw.size();) {
        at = is_letter_or_digit(raw[at]) ? append_word(escaped, raw, at) : append_character(escaped, raw, at);
    }
    return escaped;
}

}  // namespace snapq::render
