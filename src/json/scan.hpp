// Finds the end of a JSON value without understanding it.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "json/window.hpp"

namespace snapq::json {

// Place of the quote that ends a text whose contents begin at `from`, or npos; `searched` tells how far an
// earlier call on a shorter `text` came. Linear however many backslashes there are.
[[nodiscard]] std::size_t find_closing_quote(std::string_view text, std::size_t from, std::size_t searched);

// Length of the array or object at the cursor; nullopt when it does not end within `longest` bytes (or at
// all). Only brackets and quotes are looked at: what is between may be anything.
[[nodiscard]] std::optional<std::size_t> length_of_value(JsonWindow& window, std::size_t longest);

}  // namespace snapq::json
