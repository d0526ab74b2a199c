#include "support/numbers.hpp"

#include <memory>

#include "support/catch.hpp"

using namespace snapq;

TEST_CASE("up to eight bytes are loaded as one little-endian number, and no other byte is read") {
    for (std::size_t count = 0; count <= 8; ++count) {
        const auto bytes = std::make_unique<char[]>(count);  // sanitizers see a read beyond it
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint64_t byte = 0xf1 - 0x11 * i;
            bytes[i] = static_cast<char>(byte);
            expected |= byte << (8 * i);
        }
        CHECK(load_le(bytes.get(), count) == expected);
    }
}
