// Numbers from untrusted files and from people: digits, little-endian loads, sums that cannot overflow, a
// binary search, and sizes as people write them.
#pragma once

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace snapq {

// An ASCII digit.
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads the whole text as a decimal integer; nullopt for any other text and for numbers beyond 64 bits. A
// text that is longer than any such number is refused without being read, because a file can refer to the
// same long text very often.
[[nodiscard]] inline std::optional<std::int64_t> parse_integer(std::string_view text) {
    constexpr std::size_t k_longest = std::numeric_limits<std::int64_t>::digits10 + 2;  // with its sign
    if (text.size() > k_longest) return std::nullopt;
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

// Loads the number at `at`, which need not be aligned.
template <typename Number>
[[nodiscard]] Number load_le(const char* at) {
    static_assert(std::endian::native == std::endian::little, "bytes are little-endian");
    Number number = 0;
    std::memcpy(&number, at, sizeof number);
    return number;
}

// Loads the number at `offset` in `text`. The caller has checked that its bytes exist.
template <typename Number>
[[nodiscard]] Number load_le(std::string_view text, std::size_t offset) {
    return load_le<Number>(text.data() + offset);
}

// The `count` bytes at `at` (0 to 8) as one number; no other byte is read. It uses two overlapping loads.
// Copying a few bytes and then reading them as one word would be slower, because the processor would wait for
// its own stores.
[[nodiscard]] inline std::uint64_t load_le(const char* at, std::size_t count) {
    if (count >= 8) return load_le<std::uint64_t>(at);
    if (count >= 4) {
        const std::uint64_t high = load_le<std::uint32_t>(at + count - 4);
        return load_le<std::uint32_t>(at) | high << (8 * (count - 4));
    }
    if (count == 0) return 0;
    const std::uint64_t middle = static_cast<unsigned char>(at[count / 2]);
    const std::uint64_t last = static_cast<unsigned char>(at[count - 1]);
    return static_cast<unsigned char>(at[0]) | middle << (8 * (count / 2)) | last << (8 * (count - 1));
}

// Sums that stop at the smallest or largest 64-bit number instead of wrapping around.
[[nodiscard]] inline std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

[[nodiscard]] inline std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

// |a - b|
[[nodiscard]] inline std::int64_t distance_between(std::int64_t a, std::int64_t b) {
    return a > b ? saturating_subtract(a, b) : saturating_subtract(b, a);
}

// The first number in [first, last) for which `is_before` is false, or `last` if there is none. When it is
// false for a number, it must be false for all larger ones. (std::partition_point over std::views::iota would
// do the same, but clang 14 cannot compile the views of the GCC 12 library.)
template <typename IsBefore>
[[nodiscard]] std::uint32_t first_not_before(std::uint32_t first, std::uint32_t last, IsBefore&& is_before) {
    while (first < last) {
        const std::uint32_t middle = first + (last - first) / 2;
        if (is_before(middle)) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

// Parses a size such as "512MiB", "1.5GiB", "20GB", "20000000000" or "0", in bytes. kB, KB, MB, GB and TB are
// powers of 1000; KiB, MiB, GiB and TiB are powers of 1024; B or no unit means bytes. Units are
// case-insensitive, and spaces may precede them. Fractions are rounded to the nearest byte. Returns nullopt
// when the text is not a size, is negative, or exceeds 2^63 - 1.
std::optional<std::int64_t> parse_size(std::string_view text);

// Prints "17 B", "1.50 KiB", "711.94 MiB" or "24.03 GiB": bytes as a whole number, larger units with two
// decimals. Negative values keep their sign.
std::string format_size(std::int64_t bytes);

// Prints "12,345,678".
std::string format_count(std::int64_t count);

// Prints "1 row" or "12,345 rows". `plural`: for words that need more than an "s".
std::string counted(std::int64_t count, std::string_view singular, std::string_view plural = {});

}  // namespace snapq
