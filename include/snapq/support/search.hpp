// Binary search over numbers that stand for something sorted.
//
// The library's own over std::views::iota does the same, but clang 14 cannot compile the views of GCC 12's
// library.
#pragma once

#include <cstdint>

namespace snapq {

// The first number of [first, last) for which `is_before` does not hold, `last` when it holds for all; it
// must hold for none behind one for which it does not.
template <typename IsBefore>
[[nodiscard]] std::uint32_t first_not_before(std::uint32_t first, std::uint32_t last, IsBefore&& is_before) {
    while (first < last) {
        const std::uint32_t middle = first + (last - first) / 2;
        if (is_before(middle)) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first;
}

}  // namespace snapq
