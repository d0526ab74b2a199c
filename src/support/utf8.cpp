#include "support/utf8.hpp"

#include <cstdint>

namespace snapq {
namespace {

struct Lead {
    std::size_t length = 0;  // 0: not a lead byte
    char32_t bits = 0;
    char32_t smallest = 0;  // a smaller code point makes the form overlong
};

Lead lead_of(unsigned char byte) {
    if (byte < 0x80) return {1, byte, 0};
    if (byte >= 0xc2 && byte <= 0xdf) return {2, byte & 0x1fU, 0x80};
    if (byte >= 0xe0 && byte <= 0xef) return {3, byte & 0x0fU, 0x800};
    if (byte >= 0xf0 && byte <= 0xf4) return {4, byte & 0x07U, 0x10000};
    return {};
}

constexpr Utf8Character k_broken{k_replacement_character, 1, false};

}  // namespace

Utf8Character first_character(std::string_view text) {
    const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
    if (lead.length == 0 || lead.length > text.size()) return k_broken;
    char32_t code = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        if (!continues_character(text[i])) return k_broken;
        code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < lead.smallest || code > 0x10ffff || surrogate) return k_broken;
    return {code, lead.length, true};
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        if (!character.valid) return false;
        text.remove_prefix(character.length);
    }
    return true;
}

std::string repair_utf8(std::string_view text) {
    std::string repaired;
    while (!text.empty()) {
        const Utf8Character character = first_character(text);
        character.valid ? static_cast<void>(repaired += text.substr(0, character.length))
                        : append_utf8(repaired, k_replacement_character);
        text.remove_prefix(character.length);
    }
    return repaired;
}

void append_utf8(std::string& to, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
    const auto put_rest = [&](unsigned shift) { put(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | code >> 6);
        put_rest(0);
    } else if (code < 0x10000) {
        put(0xe0 | code >> 12);
        put_rest(6);
        put_rest(0);
    } else {
        put(0xf0 | (code >> 18 & 0x07));
        put_rest(12);
        put_rest(6);
        put_rest(0);
    }
}

}  // namespace snapq
