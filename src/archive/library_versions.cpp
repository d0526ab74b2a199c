#include "archive/library_versions.hpp"

#include <fmt/format.h>
#include <isa-l.h>
#include <simdjson.h>
#include <zlib.h>
#include <zstd.h>

namespace snapq::archive {
namespace {

// ISA-L has its version only in its header.
std::string isal_version() {
    return fmt::format("{}.{}.{}", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}

// With the instruction set that simdjson chose for this processor.
std::string simdjson_version() {
    return fmt::format("{}.{}.{} ({})", simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
                       simdjson::SIMDJSON_VERSION_REVISION, simdjson::get_active_implementation()->name());
}

}  // namespace

std::vector<LibraryVersion> library_versions() {
    return {{"zlib", ::zlibVersion()},
            {"zstd", ::ZSTD_versionString()},
            {"ISA-L", isal_version()},
            {"simdjson", simdjson_version()}};
}

}  // namespace snapq::archive
