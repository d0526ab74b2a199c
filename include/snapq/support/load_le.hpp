// A few bytes as one word, without a loop and without a call.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace snapq {

template <typename Word>
[[nodiscard]] Word load_word(const char* at) {
    static_assert(std::endian::native == std::endian::little, "bytes are little-endian");
    Word word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

// The `count` bytes at `at`, at most 8, as a little-endian number; no other byte is read. Two loads that
// overlap, since a copy of a few bytes that is then read as a word makes the processor wait for its own
// stores.
[[nodiscard]] inline std::uint64_t load_le(const char* at, std::size_t count) {
    if (count >= 8) return load_word<std::uint64_t>(at);
    if (count >= 4) {
        const std::uint64_t high = load_word<std::uint32_t>(at + count - 4);
        return load_word<std::uint32_t>(at) | high << (8 * (count - 4));
    }
    if (count == 0) return 0;
    const std::uint64_t middle = static_cast<unsigned char>(at[count / 2]);
    const std::uint64_t last = static_cast<unsigned char>(at[count - 1]);
    return static_cast<unsigned char>(at[0]) | middle << (8 * (count / 2)) | last << (8 * (count - 1));
}

}  // namespace snapq
