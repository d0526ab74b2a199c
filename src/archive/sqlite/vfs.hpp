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

#include <cstring>
#include <memory>
#include <string>

#include "io/file_source.hpp"

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

// ---- the callbacks that both share: files without locks, and no files beside a database ----

// Version 1: neither shared memory nor memory mapping. The caller adds close, read, write, truncate, file
// size and device characteristics.
inline sqlite3_io_methods lock_free_io_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;
    methods.xSync = [](sqlite3_file*, int) { return SQLITE_OK; };
    methods.xLock = [](sqlite3_file*, int) { return SQLITE_OK; };
    methods.xUnlock = [](sqlite3_file*, int) { return SQLITE_OK; };
    methods.xCheckReservedLock = [](sqlite3_file*, int* held) {
        *held = 0;
        return SQLITE_OK;
    };
    methods.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    methods.xSectorSize = [](sqlite3_file*) { return 4096; };
    return methods;
}

// Names are used as they are given. The caller adds open, randomness, sleep, current time and last error.
inline sqlite3_vfs single_file_vfs(const char* name, int file_size, int longest_name) {
    sqlite3_vfs vfs{};
    vfs.iVersion = 1;
    vfs.szOsFile = file_size;
    vfs.mxPathname = longest_name;
    vfs.zName = name;
    vfs.xDelete = [](sqlite3_vfs*, const char*, int) { return SQLITE_OK; };
    // SQLite asks for journals, and there are none.
    vfs.xAccess = [](sqlite3_vfs*, const char*, int, int* exists) {
        *exists = 0;
        return SQLITE_OK;
    };
    vfs.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* into) {
        const std::size_t length = std::strlen(path) + 1;
        if (length > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
        std::memcpy(into, path, length);
        return SQLITE_OK;
    };
    return vfs;
}

}  // namespace snapq::archive::sqlite
