#include "zip/library_versions.hpp"

#include <zip.h>

namespace snapq::zip {

std::vector<LibraryVersion> library_versions() {
    return {{"libzip", ::zip_libzip_version()}};
}

}  // namespace snapq::zip
