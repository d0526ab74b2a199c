// Texts that people and programs wrote: characters of UTF-8, letters of words, short forms of very long
// names, and the word that a user probably meant.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace snapq {

// The first character of a text. Each byte that is not valid UTF-8 is one character: U+FFFD, with `valid`
// false. RFC 3629 makes overlong forms and surrogates invalid.
struct Utf8Character {
    char32_t code = 0;
    std::size_t length = 0;  // bytes it takes up
    bool valid = false;
};

inline constexpr char32_t k_replacement_character = 0xfffd;

// `text` must not be empty.
[[nodiscard]] Utf8Character first_character(std::string_view text);

// Whether a byte is a continuation byte, which can only follow the first byte of a character.
[[nodiscard]] constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

[[nodiscard]] bool is_valid_utf8(std::string_view text);

// Returns `text` with each byte that is not valid UTF-8 replaced by U+FFFD. A lone surrogate has three such
// bytes.
[[nodiscard]] std::string repair_utf8(std::string_view text);

// Appends the code point (below 2^21) to `to`. A surrogate becomes three bytes that are not valid UTF-8. The
// code that takes the text repairs it and counts it as invalid.
void append_utf8(std::string& to, std::uint32_t code);

// In bytes. Real names of files and functions are shorter.
inline constexpr std::size_t k_longest_abbreviation = 1024;

// Returns a text of at most k_longest_abbreviation bytes unchanged. A longer text is reduced to its beginning
// and its end; between them are its length and a hash of the whole text, so that different texts stay
// different. The result is the same on every machine. Does not cut a UTF-8 character.
[[nodiscard]] std::string abbreviate(std::string_view text);

// A letter, a digit or '_': what a name in SQL without quotes is made of.
[[nodiscard]] inline bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// `text` without the characters of `blanks` at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text, std::string_view blanks);

[[nodiscard]] inline std::string lowercase(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return result;
}

// The word most similar to `typed`, or the first of several equally similar ones. Empty when no word is
// similar: even the most similar one would need more added, removed or changed letters than a third of its
// length.
[[nodiscard]] std::string nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace snapq
