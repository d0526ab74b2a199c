// Text from strangers, one character at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace snapq {

// A character at the front of a text. Bytes that are no UTF-8 (RFC 3629: overlong forms and surrogates
// neither) come one at a time, as U+FFFD and `valid` false.
struct Utf8Character {
    char32_t code = 0;
    std::size_t length = 0;  // bytes it takes up
    bool valid = false;
};

inline constexpr char32_t k_replacement_character = 0xfffd;

// `text` must not be empty.
[[nodiscard]] Utf8Character first_character(std::string_view text);

// Whether a byte can only stand behind the first one of a character.
[[nodiscard]] constexpr bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

[[nodiscard]] bool is_valid_utf8(std::string_view text);

// `text` with each byte that is no part of UTF-8 (a lone surrogate has three) replaced by U+FFFD.
[[nodiscard]] std::string repair_utf8(std::string_view text);

// Appends the code point (below 2^21) to `to`. A surrogate gets the three bytes of its number, which are no
// valid UTF-8: whoever takes the text repairs it, and so counts it.
void append_utf8(std::string& to, std::uint32_t code);

}  // namespace snapq
