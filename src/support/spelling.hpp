// What somebody meant who mistyped a name.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace snapq {

// The word most like `typed`, the first of several; empty when none is near: more than a third of its letters
// would have to be added, dropped or changed.
[[nodiscard]] std::string nearest_word(std::string_view typed, std::span<const std::string> words);

}  // namespace snapq
