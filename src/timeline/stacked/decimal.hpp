// Decimal text of steps and offsets, written directly into a buffer. Private to timeline.
//
// Writing numbers is the largest single cost of a conversion, and this is faster than fmt::format_int: digits
// are written in threes without a copy from a second buffer, and consecutive steps share their leading
// digits. The benchmark bench_decimal compares both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace snapq::timeline {

// Bytes of the buffer that one number may need: 20 digits, or a sign and 19 digits; a comma; and the bytes
// that a copy of fixed length writes beyond them.
inline constexpr std::size_t k_decimal_room = 32;

using DigitTable = std::array<std::array<char, 4>, 1000>;

// "000," to "999,"
inline constexpr DigitTable k_digit_triples = [] {
    DigitTable table{};
    for (std::size_t n = 0; n < table.size(); ++n) {
        table[n] = {static_cast<char>('0' + n / 100), static_cast<char>('0' + n / 10 % 10),
                    static_cast<char>('0' + n % 10), ','};
    }
    return table;
}();

// "0,", "42,", "999,": without leading zeros
inline constexpr DigitTable k_leading_digits = [] {
    DigitTable table = k_digit_triples;
    for (std::size_t n = 0; n < 100; ++n) {
        const std::size_t zeros = n < 10 ? 2 : 1;
        for (std::size_t at = 0; at + zeros < 4; ++at) table[n][at] = table[n][at + zeros];
    }
    return table;
}();

// Writes three digits with leading zeros, then a comma that the caller may overwrite.
inline char* append_triple(char* out, std::uint32_t below_1000) {
    std::memcpy(out, k_digit_triples[below_1000].data(), 4);
    return out + 3;
}

inline constexpr std::uint32_t k_billion = 1'000'000'000;

// These functions return the end of the digits. The byte there is a comma.
inline char* append_below_billion(char* out, std::uint32_t number) {
    const std::uint32_t leading = number >= 1'000'000 ? number / 1'000'000
                                  : number >= 1000    ? number / 1000
                                                      : number;
    std::memcpy(out, k_leading_digits[leading].data(), 4);
    out += leading >= 100 ? 3 : leading >= 10 ? 2 : 1;
    if (number >= 1'000'000) out = append_triple(out, number / 1000 % 1000);
    if (number >= 1000) out = append_triple(out, number % 1000);
    return out;
}

inline char* append_decimal(char* out, std::uint64_t number) {
    if (number < k_billion) return append_below_billion(out, static_cast<std::uint32_t>(number));
    out = append_decimal(out, number / k_billion);
    const auto rest = static_cast<std::uint32_t>(number % k_billion);
    out = append_triple(out, rest / 1'000'000);
    out = append_triple(out, rest / 1000 % 1000);
    return append_triple(out, rest % 1000);
}

inline char* append_decimal(char* out, std::int64_t number) {
    if (number >= 0) return append_decimal(out, static_cast<std::uint64_t>(number));
    *out = '-';
    return append_decimal(out + 1, ~static_cast<std::uint64_t>(number) + 1);
}

// Writes "STEP," for steps that grow slowly: it keeps all digits except the last three from the step before.
class StepText {
public:
    char* append(char* out, std::uint32_t step) {
        if (step < 1000) return append_below_billion(out, step) + 1;
        const std::uint32_t thousands = step / 1000;
        if (thousands != m_thousands) set_thousands(thousands);
        std::memcpy(out, m_digits.data(), m_digits.size());
        return append_triple(out + m_length, step - thousands * 1000) + 1;
    }

private:
    void set_thousands(std::uint32_t thousands) {
        std::array<char, k_decimal_room> text{};
        m_length = static_cast<std::size_t>(append_below_billion(text.data(), thousands) - text.data());
        std::memcpy(m_digits.data(), text.data(), m_digits.size());
        m_thousands = thousands;
    }

    std::array<char, 8> m_digits{};  // at most 7: steps are 32-bit
    std::size_t m_length = 0;
    std::uint32_t m_thousands = 0;
};

}  // namespace snapq::timeline
