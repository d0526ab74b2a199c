#include "support/spelling.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace snapq {
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

std::string nearest_word(std::string_view typed, std::span<const std::string> words) {
    const auto nearest =
        std::ranges::min_element(words, {}, [&](const std::string& word) { return distance(typed, word); });
    if (nearest == words.end() || distance(typed, *nearest) > nearest->size() / 3) return {};
    return *nearest;
}

}  // namespace snapq
