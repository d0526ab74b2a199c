#include "support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "support/interner.hpp"

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

namespace {

constexpr std::size_t k_kept_at_either_end = 400;

}  // namespace

std::string abbreviate(std::string_view text) {
    if (text.size() <= k_longest_abbreviation) return std::string(text);
    // A UTF-8 character has at most four bytes. Invalid text may have any number of continuation bytes in
    // sequence.
    constexpr int k_most_continued = 3;
    std::size_t head = k_kept_at_either_end;
    std::size_t tail = text.size() - k_kept_at_either_end;
    for (int i = 0; i < k_most_continued && continues_character(text[head]); ++i) --head;
    for (int i = 0; i < k_most_continued && continues_character(text[tail]); ++i) ++tail;
    return fmt::format("{}…[{} bytes, {:016x}]…{}", text.substr(0, head), text.size(), hash_bytes(text),
                       text.substr(tail));
}

namespace {

// The number of letters to add, remove or change to get from one word to the other.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (const char letter : one) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed = diagonal + (letter == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string_view trimmed(std::string_view text, std::string_view blanks) {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string nearest_word(std::string_view typed, std::span<const std::string> words) {
    const auto nearest =
        std::ranges::min_element(words, {}, [&](const std::string& word) { return distance(typed, word); });
    if (nearest == words.end() || distance(typed, *nearest) > nearest->size() / 3) return {};
    return *nearest;
}

}  // namespace snapq
