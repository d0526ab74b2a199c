// Finds the word that a user probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace snapq {

// The word most similar to `typed`, or the first of several equally similar ones. Empty when no word is
// similar: more than a third of its letters would have to be added, removed or changed.
[[nodiscard]] std::string nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace snapq
