// What the value of an option may be. Each refuses others with what is expected: "--top: a number from 0 is
// expected, not 'x'" (the option library puts the name in front, and has other words of its own).
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace snapq::commands {

// For `transform`: zeros in front would make the library read another number.
[[nodiscard]] CLI::Validator whole_number(std::int64_t least = 0,
                                          std::int64_t most = std::numeric_limits<std::int64_t>::max());

// Above 0; a fraction is fine.
[[nodiscard]] CLI::Validator seconds();

// The words stand in the help as the option's value.
[[nodiscard]] CLI::Validator one_of(const std::vector<std::string>& words);

}  // namespace snapq::commands
