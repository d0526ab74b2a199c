// UTF-8, one code point at a time.
#pragma once

#include <cstdint>
#include <string>

namespace snapq {

// Appends the code point (below 2^21) to `to`. A surrogate gets the three bytes of its number, which are no valid
// UTF-8: whoever takes the text repairs it, and so counts it.
void append_utf8(std::string& to, std::uint32_t code);

}  // namespace snapq
