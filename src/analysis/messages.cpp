#include "analysis/messages.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace snapq::analysis {

UsageError no_such_device(std::int64_t wanted, const std::vector<std::int64_t>& there) {
    constexpr std::size_t k_most_named = 8;
    if (there.empty()) return UsageError(fmt::format("there is no device {}, nor any other", wanted));
    const auto end = there.begin() + static_cast<std::ptrdiff_t>(std::min(there.size(), k_most_named));
    return UsageError(fmt::format("there is no device {}, only device{} {}{}", wanted,
                                  there.size() == 1 ? "" : "s", fmt::join(there.begin(), end, ", "),
                                  there.size() > k_most_named ? ", …" : ""));
}

}  // namespace snapq::analysis
