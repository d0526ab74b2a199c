// Reads untrusted text one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
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

}  // namespace snapq
