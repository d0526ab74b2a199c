// The two file systems (VFS) that snapq registers with SQLite.
//
// "snapq-archive" serves a main database, read-only, from any io::RandomAccessBytes, so a query touches only
// the pages it needs and nothing is unpacked to disk. Temporary databases and sorter files of such a
// connection go to SQLite's default VFS, which removes their names at once. A failed read reaches SQLite as
// SQLITE_IOERR; the VFS keeps the InputError that caused it, so that rethrow_read_failure() can report the
// entry and offset instead of "disk I/O error".
//
// "snapq-descriptor" reads and writes one main database through an open file descriptor, which may be that of
// an unnamed temporary file. It has no other files, so the journal has to be off or in memory.
//
// Neither locks anything: the databases of archives do not change, and no other process uses an unfinished
// file. All functions may be called from any thread.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

#include "io/random_access.hpp"

namespace snapq::archive::sqlite {

// ---- databases in archives ----

// Registers "snapq-archive" once and returns its name. Throws SystemError when SQLite refuses it.
[[nodiscard]] const char* archive_vfs();

// While this object lives, SQLite can open the bytes under name(), with sqlite3_open_v2 or ATTACH. A file
// that has been opened shares ownership of the bytes.
class OfferedDatabase {
public:
    explicit OfferedDatabase(std::shared_ptr<const io::RandomAccessBytes> bytes);
    OfferedDatabase(const OfferedDatabase&) = delete;
    OfferedDatabase& operator=(const OfferedDatabase&) = delete;
    ~OfferedDatabase();

    [[nodiscard]] const std::string& name() const { return m_name; }

private:
    std::string m_name;
};

// Throws the exception that made the last read of one of the connection's databases fail, and forgets it.
// Returns when no read failed. To be called for every statement that ends in an error.
void rethrow_read_failure(sqlite3* connection);

// The same for the file that this thread closed last, for a database that could not be opened.
void rethrow_failure_of_closed();

// ---- one database in an open file ----

// Registers "snapq-descriptor" once and returns its name, or null when SQLite refuses it.
[[nodiscard]] const char* descriptor_vfs();

// The name under which that VFS opens descriptor `fd`. The caller owns the descriptor and keeps it open while
// the connection lives. Any number of descriptors may be in use at once.
[[nodiscard]] std::string name_of_descriptor(int fd);

}  // namespace snapq::archive::sqlite
