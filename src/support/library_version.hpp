// The version of a library that the program is linked with. Each room that knows foreign libraries lists its
// own in a function library_versions().
#pragma once

#include <string>
#include <string_view>

namespace snapq {

struct LibraryVersion {
    std::string_view library;
    std::string version;  // as the library reports it at run time, or else the version of its header
};

}  // namespace snapq
