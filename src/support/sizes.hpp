// Sizes as people write and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snapq {

// "512MiB", "1.5GiB", "20GB", "20000000000", "0": bytes. kB/KB/MB/GB/TB are powers of 1000, KiB/MiB/GiB/TiB
// of 1024, B or nothing is bytes; units in any case, spaces allowed before the unit. Fractions are rounded to
// the nearest byte. nullopt when the text is no size, is negative, or exceeds 2^63 - 1.
std::optional<std::int64_t> parse_size(std::string_view text);

// "17 B", "1.5 KiB", "711.94 MiB", "24.03 GiB"; negative values keep their sign. At most two decimals, binary
// units.
std::string format_size(std::int64_t bytes);

// "12,345,678"
std::string format_count(std::int64_t count);

}  // namespace snapq
