#include "page/base64.hpp"

#include <algorithm>
#include <cstdint>

namespace snapq::page {
namespace {

constexpr std::string_view k_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned k_digit_bits = 6;
constexpr std::size_t k_group = 3;  // bytes that become four digits

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text;
    text.reserve(base64_length(bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += k_group) {
        std::uint32_t group = 0;
        const std::size_t present = std::min(k_group, bytes.size() - at);
        for (std::size_t i = 0; i < k_group; ++i) {
            group = group << 8U | (i < present ? static_cast<unsigned char>(bytes[at + i]) : 0U);
        }
        for (std::size_t digit = 0; digit <= k_group; ++digit) {
            const std::uint32_t value = group >> (k_digit_bits * (k_group - digit)) & (k_digits.size() - 1);
            text += digit <= present ? k_digits[value] : '=';
        }
    }
    return text;
}

}  // namespace snapq::page
