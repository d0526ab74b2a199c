#include "archive/sqlite/vfs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "archive/sqlite/vfs_callbacks.hpp"
#include "io/file_descriptor.hpp"

namespace snapq::archive::sqlite {
namespace {

constexpr const char* k_descriptor_vfs = "snapq-descriptor";

struct DescriptorFile {
    sqlite3_file base;  // must be first
    int fd;
};

int descriptor_of(sqlite3_file* file) {
    return reinterpret_cast<DescriptorFile*>(file)->fd;
}

int read_descriptor(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
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
    // SQLite requires zeros beyond the end of the file.
    std::ranges::fill(wanted.subspan(filled), '\0');
    return SQLITE_IOERR_SHORT_READ;
}

int write_descriptor(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) {
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

int truncate_descriptor(sqlite3_file* file, sqlite3_int64 size) {
    return ftruncate(descriptor_of(file), size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

int size_of_descriptor(sqlite3_file* file, sqlite3_int64* size) {
    struct stat status {};
    if (fstat(descriptor_of(file), &status) != 0) return SQLITE_IOERR_FSTAT;
    *size = status.st_size;
    return SQLITE_OK;
}

sqlite3_io_methods make_descriptor_methods() {
    sqlite3_io_methods methods = lock_free_io_methods();
    methods.xClose = [](sqlite3_file*) { return SQLITE_OK; };  // the descriptor is the caller's
    methods.xRead = read_descriptor;
    methods.xWrite = write_descriptor;
    methods.xTruncate = truncate_descriptor;
    methods.xFileSize = size_of_descriptor;
    methods.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    return methods;
}

int open_descriptor(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    static const sqlite3_io_methods methods = make_descriptor_methods();
    auto* open = reinterpret_cast<DescriptorFile*>(file);
    open->base.pMethods = nullptr;  // so that SQLite does not close the file if opening it fails
    if (name == nullptr || (flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
    const std::string_view text = name;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), open->fd);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return SQLITE_CANTOPEN;
    open->base.pMethods = &methods;
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

sqlite3_vfs make_descriptor_vfs() {
    constexpr int k_longest_number = 64;
    sqlite3_vfs vfs = single_file_vfs(k_descriptor_vfs, sizeof(DescriptorFile), k_longest_number);
    vfs.xOpen = open_descriptor;
    // Databases must not depend on chance or on the clock: the same input gives the same bytes.
    vfs.xRandomness = [](sqlite3_vfs*, int size, char* into) {
        std::memset(into, 0, static_cast<std::size_t>(size));
        return size;
    };
    vfs.xSleep = [](sqlite3_vfs*, int) { return 0; };
    vfs.xCurrentTime = [](sqlite3_vfs*, double* julian_day) {
        *julian_day = 0;
        return SQLITE_OK;
    };
    vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return errno; };
    return vfs;
}

}  // namespace

std::string name_of_descriptor(int fd) {
    return std::to_string(fd);
}

const char* descriptor_vfs() {
    static sqlite3_vfs vfs = make_descriptor_vfs();
    static const int code = sqlite3_vfs_register(&vfs, 0);
    return code == SQLITE_OK ? k_descriptor_vfs : nullptr;
}

}  // namespace snapq::archive::sqlite
