// Parses and prints sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snapq {

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
