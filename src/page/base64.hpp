// Base64 (RFC 4648), padded and on one line.
#pragma once

#include <string>
#include <string_view>

namespace snapq::page {

[[nodiscard]] std::string base64(std::string_view bytes);

// The length of base64() of so many bytes.
[[nodiscard]] constexpr std::size_t base64_length(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

}  // namespace snapq::page
