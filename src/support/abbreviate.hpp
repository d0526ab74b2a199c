// Shortens very long names, so that many of them fit into memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace snapq {

// In bytes. Real names of files and functions are shorter.
inline constexpr std::size_t k_longest_abbreviation = 1024;

// Returns a text of at most k_longest_abbreviation bytes unchanged. A longer text is reduced to its beginning
// and its end; between them are its length and a hash of the whole text, so that different texts stay
// different. The result is the same on every machine. Does not cut a UTF-8 character.
[[nodiscard]] std::string abbreviate(std::string_view text);

}  // namespace snapq
