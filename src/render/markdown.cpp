#include "render/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "render/escape.hpp"
#include "support/text.hpp"

namespace snapq::render {
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

std::string escape_markdown(AnyText any) {
    const std::string_view text = any.raw();
    std::string escaped;
    escaped.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        at = is_letter_or_digit(text[at]) ? append_word(escaped, text, at)
                                          : append_character(escaped, text, at);
    }
    return escaped;
}

}  // namespace snapq::render
