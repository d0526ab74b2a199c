// SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012): a hash for which nobody can make two texts of the
// same hash without the key. With a random key, texts of a stranger can be told apart by their hashes alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace snapq {

struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend bool operator==(const Hash128&, const Hash128&) = default;
};

class KeyedHash {
public:
    KeyedHash();  // with a random key
    KeyedHash(std::uint64_t first_key, std::uint64_t second_key) : m_first(first_key), m_second(second_key) {}

    [[nodiscard]] Hash128 operator()(std::string_view bytes) const;

private:
    std::uint64_t m_first;
    std::uint64_t m_second;
};

}  // namespace snapq
