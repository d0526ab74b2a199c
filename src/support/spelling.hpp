// Finds the word that a user probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace snapq {

// The word most similar to `typed`, or the first of several equally similar ones. Empty when no word is
// similar: even the most similar one would need more added, removed or changed letters than a third of its
// length.
[[nodiscard]] std::string nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace snapq
