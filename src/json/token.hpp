// Numbers, words and escapes of JSON, including what Python's json module adds: NaN, Infinity, -Infinity,
// integers of any size, lone surrogates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace snapq::json {

// A value that is neither text nor container; monostate is null. Unsigned only above 2^63 - 1.
using Scalar = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double>;

// Whether `c` can be part of a number or word.
[[nodiscard]] bool is_token_byte(char c);

// The value of a whole number or word; integers beyond 64 bits become reals. nullopt when it is none.
[[nodiscard]] std::optional<Scalar> parse_token(std::string_view token);

// Undoes the escapes of the text between two quotes into `to`, which is cleared first. A lone surrogate
// becomes the bytes that Python's pickle has for it. Returns the place of what is wrong in `raw`, npos when
// nothing is.
[[nodiscard]] std::size_t unescape(std::string_view raw, std::string& to);

// Place of the first byte that may not stand in a text as it is (a control character), or npos.
[[nodiscard]] std::size_t find_control(std::string_view raw);

}  // namespace snapq::json
