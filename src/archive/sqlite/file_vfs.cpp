#include "archive/sqlite/file_vfs.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <string_view>

#include "io/file_descriptor.hpp"

namespace snapq::archive::sqlite {
namespace {

struct OpenFile {
    sqlite3_file base;  // SQLite's part, first by its rule
    int fd;
};

int descriptor_of(sqlite3_file* file) {
    return reinterpret_cast<OpenFile*>(file)->fd;
}

int close_file(sqlite3_file*) {
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
    const std::span<char> wanted(static_cast<char*>(into), static_cast<std::size_t>(amount));
    std::size_t filled = 0;
    while (filled < wanted.size()) {
        const auto at = static_cast<std::uint64_t>(offset) + filled;
        const std::ptrdiff_t got = io::read_some_at(descriptor_of(file), at, wanted.subspan(filled));
        if (got < 0) return SQLITE_IOERR_READ;
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled == wanted.size()) return SQLITE_OK;
    std::ranges::fill(wanted.subspan(filled), '\0');  // SQLite asks for zeros beyond the end
    return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
    const auto* at = static_cast<const char*>(from);
    auto left = static_cast<std::size_t>(amount);
    while (left > 0) {
        const ssize_t put = pwrite(descriptor_of(file), at, left, offset);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? SQLITE_FULL : SQLITE_IOERR_WRITE;
        at += put;
        offset += put;
        left -= static_cast<std::size_t>(put);
    }
    return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return ftruncate(descriptor_of(file), size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int sync_file(sqlite3_file*, int) {
    return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    struct stat status {};
    if (fstat(descriptor_of(file), &status) != 0) return SQLITE_IOERR_FSTAT;
    *size = status.st_size;
    return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file*, int* held) {
    *held = 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 4096;
}

int device_characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

sqlite3_io_methods make_io_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;
    methods.xClose = close_file;
    methods.xRead = read_file;
    methods.xWrite = write_file;
    methods.xTruncate = truncate_file;
    methods.xSync = sync_file;
    methods.xFileSize = size_of_file;
    methods.xLock = lock_file;
    methods.xUnlock = lock_file;
    methods.xCheckReservedLock = check_reserved_lock;
    methods.xFileControl = control_file;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = device_characteristics;
    return methods;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    static const sqlite3_io_methods methods = make_io_methods();
    auto* open = reinterpret_cast<OpenFile*>(file);
    open->base.pMethods = nullptr;  // so that SQLite does not close what did not open
    if (name == nullptr || (flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
    const std::string_view text = name;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), open->fd);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return SQLITE_CANTOPEN;
    open->base.pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char*, int) {
    return SQLITE_OK;
}

int access_file(sqlite3_vfs*, const char*, int, int* exists) {
    *exists = 0;  // asked of journals, and there are none
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* into) {
    sqlite3_snprintf(size, into, "%s", name);
    return SQLITE_OK;
}

// Nothing that is written depends on chance or on the clock: the same input gives the same bytes.
int fill_randomness(sqlite3_vfs*, int size, char* into) {
    std::memset(into, 0, static_cast<std::size_t>(size));
    return size;
}

int sleep_for(sqlite3_vfs*, int) {
    return 0;
}

int current_time(sqlite3_vfs*, double* julian_day) {
    *julian_day = 0;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) {
    return errno;
}

constexpr const char* k_vfs_name = "snapq-build";

sqlite3_vfs make_vfs() {
    sqlite3_vfs vfs{};
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = 64;
    vfs.zName = k_vfs_name;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = fill_randomness;
    vfs.xSleep = sleep_for;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    return vfs;
}

}  // namespace

std::string name_of_descriptor(int fd) {
    return std::to_string(fd);
}

const char* file_vfs() {
    static sqlite3_vfs vfs = make_vfs();
    static const int registered = sqlite3_vfs_register(&vfs, 0);
    return registered == SQLITE_OK ? k_vfs_name : nullptr;
}

}  // namespace snapq::archive::sqlite
