// Little-endian numbers of zip records. The caller has checked that `text` holds the bytes at `offset`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace snapq::io {

template <typename Number>
Number load_le(std::string_view text, std::size_t offset) {
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        value = value << 8 | static_cast<unsigned char>(text[offset + i]);
    return static_cast<Number>(value);
}

}  // namespace snapq::io
