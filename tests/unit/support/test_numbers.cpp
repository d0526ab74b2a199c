#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <memory>

#include "support/catch.hpp"
#include "support/numbers.hpp"

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

using snapq::format_count;
using snapq::format_size;
using snapq::parse_size;

TEST_CASE("units of 1000 and of 1024 are distinguished") {
    CHECK(parse_size("1kB") == 1000);
    CHECK(parse_size("1KB") == 1000);
    CHECK(parse_size("1KiB") == 1024);
    CHECK(parse_size("512MiB") == 512LL << 20);
    CHECK(parse_size("20GB") == 20'000'000'000);
    CHECK(parse_size("2TiB") == 2LL << 40);
    CHECK(parse_size("3TB") == 3'000'000'000'000);
}

TEST_CASE("a number without a unit is an exact number of bytes") {
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("20000000000") == 20'000'000'000);
    CHECK(parse_size("7B") == 7);
    CHECK(parse_size("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("fractions are rounded to the nearest byte") {
    CHECK(parse_size("1.5GiB") == 1'610'612'736);
    CHECK(parse_size("0.1kB") == 100);
    CHECK(parse_size("1.0005kB") == 1001);
}

TEST_CASE("case and a space before the unit do not matter") {
    CHECK(parse_size("512mib") == 512LL << 20);
    CHECK(parse_size("1.5 GiB") == 1'610'612'736);
}

TEST_CASE("text that is not a size is refused") {
    for (const char* text : {"", " ", "-1", "-1GiB", "GiB", "1GiBi", "1 G B", "1e3", "0x10", "12parsecs",
                             "9223372036854775808", "9000000TiB", "nan", "inf", ".5GiB", "1,5GiB"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text).has_value());
    }
}

TEST_CASE("sizes are printed in binary units") {
    CHECK(format_size(0) == "0 B");
    CHECK(format_size(1023) == "1023 B");
    CHECK(format_size(1024) == "1.00 KiB");
    CHECK(format_size(762'608'640) == "727.28 MiB");
    CHECK(format_size(24'207'167'496) == "22.54 GiB");
    CHECK(format_size(-1536) == "-1.50 KiB");
    CHECK(format_size(std::numeric_limits<std::int64_t>::max()) == "8.00 EiB");
}

TEST_CASE("a size is never printed as 1024 of a unit") {
    CHECK(format_size((1 << 20) - 1) == "1.00 MiB");
    CHECK(format_size((1 << 20) - 6000) == "1018.14 KiB");
}

TEST_CASE("counts are grouped by thousands") {
    CHECK(format_count(0) == "0");
    CHECK(format_count(999) == "999");
    CHECK(format_count(1000) == "1,000");
    CHECK(format_count(12345678) == "12,345,678");
    CHECK(format_count(-1234) == "-1,234");
}

TEST_CASE("Counts have the plural of their word") {
    CHECK(counted(1, "row") == "1 row");
    CHECK(counted(0, "row") == "0 rows");
    CHECK(counted(12345, "row") == "12,345 rows");
    CHECK(counted(2, "query", "queries") == "2 queries");
    CHECK(counted(1, "query", "queries") == "1 query");
}

TEST_CASE("Sizes are rounded as printf rounds real numbers") {
    const auto by_printf = [](std::int64_t bytes) {
        constexpr std::array k_names{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        auto value = static_cast<double>(bytes);
        std::size_t unit = 0;
        for (; std::abs(value) >= 1023.995 && unit + 1 < k_names.size(); ++unit) value /= 1024;
        return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.2f} {}", value, k_names[unit]);
    };
    std::uint64_t random = 1;
    for (int i = 0; i < 20'000; ++i) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const auto bytes = static_cast<std::int64_t>(random) >> (i % 63);
        if (format_size(bytes) != by_printf(bytes)) CHECK(format_size(bytes) == by_printf(bytes));
        const std::int64_t near_half = ((std::int64_t{1} << (i % 40 + 10)) / 200) * (i % 2001);
        if (format_size(near_half) != by_printf(near_half))
            CHECK(format_size(near_half) == by_printf(near_half));
    }
    for (std::int64_t bytes = 1000; bytes < 20'000; ++bytes) {
        if (format_size(bytes) != by_printf(bytes)) CHECK(format_size(bytes) == by_printf(bytes));
    }
    CHECK(format_size(std::numeric_limits<std::int64_t>::min()) ==
          by_printf(std::numeric_limits<std::int64_t>::min()));
}
