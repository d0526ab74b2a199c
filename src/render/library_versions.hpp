// The version of libutf8proc.
#pragma once

#include <vector>

#include "support/library_version.hpp"

namespace snapq::render {

[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::render
