#include "support/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "support/text.hpp"

namespace snapq {
namespace {

struct Unit {
    std::string_view name;  // lower case
    double factor;
};

constexpr double k_kilo = 1000.0;
constexpr double k_kibi = 1024.0;
constexpr std::array k_units{
    Unit{"", 1.0},
    Unit{"b", 1.0},
    Unit{"kb", k_kilo},
    Unit{"mb", k_kilo* k_kilo},
    Unit{"gb", k_kilo* k_kilo* k_kilo},
    Unit{"tb", k_kilo* k_kilo* k_kilo* k_kilo},
    Unit{"kib", k_kibi},
    Unit{"mib", k_kibi* k_kibi},
    Unit{"gib", k_kibi* k_kibi* k_kibi},
    Unit{"tib", k_kibi* k_kibi* k_kibi* k_kibi},
};

std::optional<double> unit_factor(std::string_view text) {
    const auto* unit = std::ranges::find(k_units, lowercase(text), &Unit::name);
    if (unit == k_units.end()) return std::nullopt;
    return unit->factor;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) {
    if (text.empty() || (text[0] < '0' || text[0] > '9')) return std::nullopt;
    std::int64_t whole = 0;
    const auto integer = std::from_chars(text.data(), text.data() + text.size(), whole);
    // A plain number of bytes stays exact; a double would be inexact above 2^53.
    if (integer.ec == std::errc() && integer.ptr == text.data() + text.size()) return whole;

    double number = 0;
    const auto parsed =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (parsed.ec != std::errc()) return std::nullopt;
    std::string_view rest(parsed.ptr, static_cast<std::size_t>(text.data() + text.size() - parsed.ptr));
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    const auto factor = unit_factor(rest);
    if (!factor) return std::nullopt;
    const double bytes = std::round(number * *factor);
    if (!(bytes < 9223372036854775808.0)) return std::nullopt;
    return static_cast<std::int64_t>(bytes);
}

namespace {

// The hundredths of `bytes` in units of 2^shift bytes, rounded as printf rounds. nullopt where integer
// arithmetic cannot tell how printf rounds: exactly between two hundredths, and beyond 2^53, where a double
// does not hold every integer.
std::optional<std::uint64_t> rounded_hundredths(std::int64_t bytes, unsigned shift) {
    constexpr std::int64_t k_exact = std::int64_t{1} << 53U;
    if (bytes <= -k_exact || bytes >= k_exact) return std::nullopt;
    const std::uint64_t scaled = static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes) * 100;
    const std::uint64_t rest = scaled & ((std::uint64_t{1} << shift) - 1);
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    if (rest == half) return std::nullopt;
    return (scaled >> shift) + (rest > half ? 1 : 0);
}

}  // namespace

std::string format_size(std::int64_t bytes) {
    constexpr std::array<std::string_view, 7> k_names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.995 would be printed as "1024.00", so the next unit is used where rounding reaches 1024.
    while (std::abs(value) >= 1023.995 && unit + 1 < k_names.size()) {
        value /= k_kibi;
        ++unit;
    }
    if (unit == 0) return fmt::format_int(bytes).str() + " B";
    // Tables have millions of sizes, and formatting a real number takes most of their time.
    if (const auto hundredths = rounded_hundredths(bytes, static_cast<unsigned>(10 * unit))) {
        std::string text = bytes < 0 ? "-" : "";
        // At least three digits; otherwise the unit would be smaller.
        const fmt::format_int digits(*hundredths);
        text.append(digits.data(), digits.size() - 2).append(1, '.');
        text.append(digits.data() + digits.size() - 2, 2).append(1, ' ').append(k_names[unit]);
        return text;
    }
    return fmt::format("{:.2f} {}", value, k_names[unit]);
}

std::string format_count(std::int64_t count) {
    std::string digits = std::to_string(count);
    const std::size_t first = digits[0] == '-' ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string counted(std::int64_t count, std::string_view singular, std::string_view plural) {
    if (count == 1) return fmt::format("1 {}", singular);
    if (!plural.empty()) return fmt::format("{} {}", format_count(count), plural);
    return fmt::format("{} {}s", format_count(count), singular);
}

}  // namespace snapq
