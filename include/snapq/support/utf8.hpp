// Text from strangers, one character at a time.
#pragma once

#include <cstddef>
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

}  // namespace snapq
