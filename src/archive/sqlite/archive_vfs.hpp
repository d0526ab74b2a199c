// The SQLite VFS "snapq-archive": a main database is served, read-only, from any io::RandomAccessBytes, so
// that a query touches only the pages it needs and nothing is unpacked to disk.
//
// Databases are immutable: no locks, no journal, no shared memory, no writes. Temporary databases and sorter
// files of such a connection go to SQLite's default VFS, which removes their names at once.
//
// A failed read reaches SQLite as SQLITE_IOERR; the InputError behind it waits with the file until
// rethrow_read_failure() takes it, so that users read the entry and offset instead of "disk I/O error".
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

#include "io/random_access.hpp"

namespace snapq::archive::sqlite {

// Registers it with SQLite, once, and returns its name.
[[nodiscard]] const char* archive_vfs();

// Lets SQLite open the bytes by `uri()`, with sqlite3_open_v2 (flags SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
// or ATTACH, as long as this object lives; files opened by then keep the bytes themselves.
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

// Throws, and forgets, what made the last read of one of the connection's databases fail; returns when
// nothing did. To be called for every statement that ends in an error.
void rethrow_read_failure(sqlite3* connection);

// The same for the file that this thread closed last: of a database that could not even be opened.
void rethrow_failure_of_closed();

}  // namespace snapq::archive::sqlite
