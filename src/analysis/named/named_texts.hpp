// The texts, as CMake embeds them.
#pragma once

#include <span>

#include "snapq/analysis/named_queries.hpp"

namespace snapq::analysis {

[[nodiscard]] std::span<const NamedQuery> embedded_queries();

}  // namespace snapq::analysis
