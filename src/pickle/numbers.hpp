// Numbers and text in the form of protocols 0 and 1, and the long integers of protocol 2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pickle/handler.hpp"

namespace snapq::pickle {

// "123", "-5", and with `may_be_boolean` (INT) "00" and "01". A number beyond 64 bits becomes a real. All
// functions with an `offset` throw InputError there for invalid text.
[[nodiscard]] Value parse_decimal(std::string_view line, bool may_be_boolean, std::uint64_t offset);
[[nodiscard]] Value parse_real(std::string_view line, std::uint64_t offset);
// The index of GET and PUT.
[[nodiscard]] std::uint64_t parse_index(std::string_view line, std::uint64_t offset);

// Little-endian two's complement of at most k_long_bytes (LONG1, LONG4); no bytes mean 0. A number beyond 64
// bits becomes the nearest real.
[[nodiscard]] Value parse_long(std::string_view bytes);
// Eight bytes, big-endian.
[[nodiscard]] double parse_binfloat(std::string_view bytes);

// UNICODE: raw-unicode-escape, returned as UTF-8. STRING: a quoted Python 2 string, returned as its bytes.
[[nodiscard]] std::string parse_unicode_line(std::string_view line);
[[nodiscard]] std::string parse_string_line(std::string_view line, std::uint64_t offset);

}  // namespace snapq::pickle
