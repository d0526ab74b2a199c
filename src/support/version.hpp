// The version of snapq, which is written in CMakeLists.txt only, and those of the libraries that the program
// is linked with. Each room that knows foreign libraries lists its own in a function library_versions().
#pragma once

#include <string>
#include <string_view>

namespace snapq {

// "0.2.0". The text lives as long as the program.
[[nodiscard]] std::string_view program_version() noexcept;

struct LibraryVersion {
    std::string_view library;
    std::string version;  // as the library reports it at run time, or else the version of its header
};

}  // namespace snapq
