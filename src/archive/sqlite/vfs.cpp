#include "archive/sqlite/vfs.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "io/file_descriptor.hpp"
#include "support/error.hpp"

namespace snapq::archive::sqlite {
namespace {

// The file control operation that hands over the exception of a failed read. SQLite leaves numbers above 100
// to VFS implementations.
constexpr int k_fcntl_take_failure = 0x51A9;

constexpr const char* k_archive_vfs = "snapq-archive";
constexpr int k_longest_name = 64;

// ---- the offered databases, by name ----

class Offers {
public:
    std::string add(std::shared_ptr<const io::RandomAccessBytes> bytes) {
        const std::scoped_lock lock(m_mutex);
        std::string name = fmt::format("snapq-{}", ++m_last);
        m_bytes.emplace(name, std::move(bytes));
        return name;
    }
    void remove(const std::string& name) {
        const std::scoped_lock lock(m_mutex);
        m_bytes.erase(name);
    }
    std::shared_ptr<const io::RandomAccessBytes> find(const std::string& name) {
        const std::scoped_lock lock(m_mutex);
        const auto found = m_bytes.find(name);
        return found == m_bytes.end() ? nullptr : found->second;
    }

private:
    std::mutex m_mutex;
    std::uint64_t m_last = 0;
    std::map<std::string, std::shared_ptr<const io::RandomAccessBytes>> m_bytes;
};

Offers& offers() {
    static Offers instance;
    return instance;
}

// ---- an open file; SQLite owns the memory of ArchiveFile, this file owns what `opened` points to ----

struct Opened {
    std::shared_ptr<const io::RandomAccessBytes> bytes;
    std::exception_ptr failure;
};

struct ArchiveFile {
    sqlite3_file base;  // must be first
    Opened* opened;
};

Opened& opened(sqlite3_file* file) {
    return *reinterpret_cast<ArchiveFile*>(file)->opened;
}

// The read failure of the file that this thread closed last. When a database cannot be opened, SQLite closes
// the file before it reports the failure.
thread_local std::exception_ptr t_failure_of_closed;

int close_archive_file(sqlite3_file* file) {
    t_failure_of_closed = std::move(opened(file).failure);
    delete &opened(file);
    return SQLITE_OK;
}

int read_inside(Opened& from, std::span<char> into, std::uint64_t offset) {
    try {
        from.bytes->read_at(offset, into);
        return SQLITE_OK;
    } catch (...) {
        from.failure = std::current_exception();
        return SQLITE_IOERR_READ;
    }
}

int read_archive_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    Opened& from = opened(file);
    const std::span<char> wanted(static_cast<char*>(into), static_cast<std::size_t>(count));
    const auto begin = static_cast<std::uint64_t>(offset);
    const std::uint64_t left = begin < from.bytes->size() ? from.bytes->size() - begin : 0;
    const auto present = static_cast<std::size_t>(std::min<std::uint64_t>(left, wanted.size()));
    if (present == wanted.size()) return read_inside(from, wanted, begin);
    // SQLite requires zeros beyond the end of the file.
    std::ranges::fill(wanted, '\0');
    const int code = present == 0 ? SQLITE_OK : read_inside(from, wanted.first(present), begin);
    return code == SQLITE_OK ? SQLITE_IOERR_SHORT_READ : code;
}

int archive_file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(opened(file).bytes->size());
    return SQLITE_OK;
}

int control_archive_file(sqlite3_file* file, int operation, void* argument) {
    if (operation != k_fcntl_take_failure) return SQLITE_NOTFOUND;
    *static_cast<std::exception_ptr*>(argument) = std::exchange(opened(file).failure, nullptr);
    return SQLITE_OK;
}

sqlite3_io_methods make_archive_methods() {
    sqlite3_io_methods methods = lock_free_io_methods();
    methods.xClose = close_archive_file;
    methods.xRead = read_archive_file;
    methods.xWrite = [](sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; };
    methods.xTruncate = [](sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; };
    methods.xFileSize = archive_file_size;
    methods.xFileControl = control_archive_file;
    methods.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_IMMUTABLE; };
    return methods;
}

const sqlite3_io_methods k_archive_methods = make_archive_methods();

// ---- the VFS: main databases come from archives, all other files from SQLite's default VFS ----

sqlite3_vfs* default_vfs(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open_offered(const char* name, sqlite3_file* file, int flags, int* flags_out) {
    try {
        auto bytes = offers().find(name);
        if (bytes == nullptr || (flags & SQLITE_OPEN_READONLY) == 0) return SQLITE_CANTOPEN;
        auto* ours = reinterpret_cast<ArchiveFile*>(file);
        ours->opened = new Opened{std::move(bytes), nullptr};
        ours->base.pMethods = &k_archive_methods;
        if (flags_out != nullptr) *flags_out = flags;
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

int open_archive_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;  // so that SQLite does not close the file if opening it fails
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) return open_offered(name, file, flags, flags_out);
    // A connection to an archive needs no other files than temporary ones, which have no name.
    if (name != nullptr) return SQLITE_CANTOPEN;
    return default_vfs(vfs)->xOpen(default_vfs(vfs), name, file, flags, flags_out);
}

using LibrarySymbol = void (*)();

sqlite3_vfs make_archive_vfs(sqlite3_vfs* standard) {
    // SQLite allocates the memory for a file of either VFS, so the larger size is given.
    sqlite3_vfs vfs =
        single_file_vfs(k_archive_vfs, std::max(standard->szOsFile, static_cast<int>(sizeof(ArchiveFile))),
                        std::max(standard->mxPathname, k_longest_name));
    vfs.pAppData = standard;
    vfs.xOpen = open_archive_file;
    // Extensions are not loaded.
    vfs.xDlOpen = [](sqlite3_vfs*, const char*) -> void* { return nullptr; };
    vfs.xDlError = [](sqlite3_vfs*, int size, char* into) {
        sqlite3_snprintf(size, into, "extensions are not loaded");
    };
    vfs.xDlSym = [](sqlite3_vfs*, void*, const char*) -> LibrarySymbol { return nullptr; };
    vfs.xDlClose = [](sqlite3_vfs*, void*) {};
    vfs.xRandomness = [](sqlite3_vfs* ours, int size, char* into) {
        return default_vfs(ours)->xRandomness(default_vfs(ours), size, into);
    };
    vfs.xSleep = [](sqlite3_vfs* ours, int microseconds) {
        return default_vfs(ours)->xSleep(default_vfs(ours), microseconds);
    };
    vfs.xCurrentTime = [](sqlite3_vfs* ours, double* julian_day) {
        return default_vfs(ours)->xCurrentTime(default_vfs(ours), julian_day);
    };
    vfs.xGetLastError = [](sqlite3_vfs* ours, int size, char* into) {
        return default_vfs(ours)->xGetLastError(default_vfs(ours), size, into);
    };
    return vfs;
}

}  // namespace

const char* archive_vfs() {
    static const int code = [] {
        sqlite3_vfs* standard = sqlite3_vfs_find(nullptr);
        if (standard == nullptr) return SQLITE_ERROR;
        static sqlite3_vfs ours = make_archive_vfs(standard);
        return sqlite3_vfs_register(&ours, 0);
    }();
    if (code != SQLITE_OK) {
        throw SystemError(fmt::format("SQLite refuses the archive VFS: {}", sqlite3_errstr(code)));
    }
    return k_archive_vfs;
}

OfferedDatabase::OfferedDatabase(std::shared_ptr<const io::RandomAccessBytes> bytes) {
    m_name = offers().add(std::move(bytes));
}

OfferedDatabase::~OfferedDatabase() {
    offers().remove(m_name);
}

void rethrow_read_failure(sqlite3* connection) {
    for (int i = 0; const char* schema = sqlite3_db_name(connection, i); ++i) {
        std::exception_ptr failure;
        if (sqlite3_file_control(connection, schema, k_fcntl_take_failure, &failure) == SQLITE_OK &&
            failure) {
            std::rethrow_exception(failure);
        }
    }
}

void rethrow_failure_of_closed() {
    if (std::exception_ptr failure = std::exchange(t_failure_of_closed, nullptr))
        std::rethrow_exception(failure);
}

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
