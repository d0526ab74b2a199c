// The versions of the libraries that compress, unpack and parse: zlib, zstd, ISA-L and simdjson.
#pragma once

#include <vector>

#include "support/library_version.hpp"

namespace snapq::archive {

[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace snapq::archive
