#include "support/abbreviate.hpp"

#include <fmt/format.h>

#include "support/interner.hpp"
#include "support/utf8.hpp"

namespace snapq {
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

}  // namespace snapq
