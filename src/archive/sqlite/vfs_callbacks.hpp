// The callbacks that both VFS share: files without locks, and a VFS in which a database has no files beside
// it.
#pragma once

#include <sqlite3.h>

#include <cstring>

namespace snapq::archive::sqlite {

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
