// Limits on what a page shows of an archive.
#pragma once

#include <cstddef>
#include <cstdint>

namespace snapq::page {

// Browsers read the numbers of a page as doubles, which are exact for integers below this one.
inline constexpr std::uint64_t k_beyond_doubles = std::uint64_t{1} << 53U;

// Nodes of the call tree. Real recordings have a few ten thousand. If there are more, a stack ends at its
// innermost frame that is already in the tree.
inline constexpr std::size_t k_most_nodes = std::size_t{1} << 20U;
inline constexpr std::int64_t k_most_step_moments = 1000;
inline constexpr std::int64_t k_most_oom_moments = 1000;
inline constexpr std::int64_t k_most_spans = 10'000;
inline constexpr std::size_t k_most_table_rows = 1000;

}  // namespace snapq::page
