// Letters of words that a user types: names in SQL, units of sizes.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace snapq {

// A letter, a digit or '_': what a name in SQL without quotes is made of.
[[nodiscard]] inline bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

[[nodiscard]] inline std::string lowercase(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return result;
}

}  // namespace snapq
