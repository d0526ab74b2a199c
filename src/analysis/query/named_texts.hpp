// The texts, as CMake embeds them.
#pragma once

#include <span>

#include "analysis/query/named_queries.hpp"

namespace snapq::analysis {

[[nodiscard]] std::span<const NamedQuery> embedded_queries();

}  // namespace snapq::analysis
