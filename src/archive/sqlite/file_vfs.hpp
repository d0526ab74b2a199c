// A SQLite file system of exactly one file that is open already and may have no name: an unnamed temporary
// file.
#pragma once

#include <string>

namespace snapq::archive::sqlite {

// Name to open `snapq-build` with so that the database is read from and written to descriptor `fd`.
[[nodiscard]] std::string name_of_descriptor(int fd);

// Registers the file system with SQLite once and returns its name.
//
// Only main databases can be opened. There are no locks, journals or syncs: the file has no name, so nobody
// else sees it, and it is thrown away unless the archive made of it is complete. The descriptor stays with
// the caller, who keeps it open while the connection lives. Any number of descriptors may be used at once.
[[nodiscard]] const char* file_vfs();

}  // namespace snapq::archive::sqlite
