#include "render/library_versions.hpp"

#include <utf8proc.h>

namespace snapq::render {

std::vector<LibraryVersion> library_versions() {
    return {{"utf8proc", ::utf8proc_version()}};
}

}  // namespace snapq::render
