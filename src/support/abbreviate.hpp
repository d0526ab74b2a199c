// Names of any length, short enough to hold many of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snapq {

// Bytes. Names of files and functions that people wrote are shorter.
inline constexpr std::size_t k_longest_abbreviation = 1024;

// A text of at most k_longest_abbreviation bytes as it is. Of a longer one the beginning and the end, between
// them its length and a hash of all of it, so that different texts stay different; the same text gives the
// same on every machine. Cuts no UTF-8 character.
[[nodiscard]] std::string abbreviate(std::string_view text);

}  // namespace snapq
