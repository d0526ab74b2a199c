// Shares of a figure, as the sentences of a summary name and weigh them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace snapq::analysis {

// Whether `part` is at least the share `least` of `whole`; false if `whole` is not above 0.
[[nodiscard]] inline bool is_share(std::int64_t part, std::int64_t whole, double least) {
    return whole > 0 && static_cast<double>(part) >= least * static_cast<double>(whole);
}

// "12.5 %", as in the tables. `whole` is not 0.
[[nodiscard]] inline std::string percent_of(std::int64_t part, std::int64_t whole) {
    return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace snapq::analysis
