// The version of libzip.
#pragma once

#include <vector>

#include "support/library_version.hpp"

namespace snapq::zip {

[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::zip
