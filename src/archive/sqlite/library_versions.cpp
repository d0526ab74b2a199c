#include "archive/sqlite/library_versions.hpp"

#include <sqlite3.h>

namespace snapq::archive::sqlite {

std::vector<LibraryVersion> library_versions() {
    return {{"SQLite", ::sqlite3_libversion()}};
}

}  // namespace snapq::archive::sqlite
