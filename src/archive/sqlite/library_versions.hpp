// The version of SQLite.
#pragma once

#include <vector>

#include "support/library_version.hpp"

namespace snapq::archive::sqlite {

[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::archive::sqlite
