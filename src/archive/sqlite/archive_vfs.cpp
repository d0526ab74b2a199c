#include "archive/sqlite/archive_vfs.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <new>
#include <span>
#include <utility>

#include "support/error.hpp"

namespace snapq::archive::sqlite {
namespace {

// SQLite leaves numbers above 100 to VFS implementations.
constexpr int k_take_failure = 0x51A9;

constexpr const char* k_name = "snapq-archive";
constexpr int k_longest_name = 64;

// ---- the bytes on offer, by name ----

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

// ---- an open file; SQLite owns the memory of the struct, we what it points to ----

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

// Why the last file that this thread closed could not be read: while a database is opened, SQLite closes it
// before it reports the failure.
thread_local std::exception_ptr t_failure_of_closed;

int close_file(sqlite3_file* file) {
    t_failure_of_closed = std::move(opened(file).failure);
    delete &opened(file);
    return SQLITE_OK;
}

int read_present(Opened& from, std::span<char> into, std::uint64_t offset) {
    try {
        from.bytes->read_at(offset, into);
        return SQLITE_OK;
    } catch (...) {
        from.failure = std::current_exception();
        return SQLITE_IOERR_READ;
    }
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    Opened& from = opened(file);
    const std::span<char> wanted(static_cast<char*>(into), static_cast<std::size_t>(count));
    const auto begin = static_cast<std::uint64_t>(offset);
    const std::uint64_t left = begin < from.bytes->size() ? from.bytes->size() - begin : 0;
    const auto present = static_cast<std::size_t>(std::min<std::uint64_t>(left, wanted.size()));
    if (present == wanted.size()) return read_present(from, wanted, begin);
    // SQLite relies on zeros where the file has ended.
    std::ranges::fill(wanted, '\0');
    const int code = present == 0 ? SQLITE_OK : read_present(from, wanted.first(present), begin);
    return code == SQLITE_OK ? SQLITE_IOERR_SHORT_READ : code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(opened(file).bytes->size());
    return SQLITE_OK;
}

int file_control(sqlite3_file* file, int operation, void* argument) {
    if (operation != k_take_failure) return SQLITE_NOTFOUND;
    *static_cast<std::exception_ptr*>(argument) = std::exchange(opened(file).failure, nullptr);
    return SQLITE_OK;
}

int write_file(sqlite3_file*, const void*, int, sqlite3_int64) {
    return SQLITE_READONLY;
}
int truncate_file(sqlite3_file*, sqlite3_int64) {
    return SQLITE_READONLY;
}
int sync_file(sqlite3_file*, int) {
    return SQLITE_OK;
}
int lock_file(sqlite3_file*, int) {
    return SQLITE_OK;
}
int sector_size(sqlite3_file*) {
    return 4096;
}
int device_characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_IMMUTABLE;
}
int check_reserved_lock(sqlite3_file*, int* locked) {
    *locked = 0;
    return SQLITE_OK;
}

sqlite3_io_methods make_methods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 1;  // neither shared memory nor memory mapping
    methods.xClose = close_file;
    methods.xRead = read_file;
    methods.xWrite = write_file;
    methods.xTruncate = truncate_file;
    methods.xSync = sync_file;
    methods.xFileSize = file_size;
    methods.xLock = lock_file;
    methods.xUnlock = lock_file;
    methods.xCheckReservedLock = check_reserved_lock;
    methods.xFileControl = file_control;
    methods.xSectorSize = sector_size;
    methods.xDeviceCharacteristics = device_characteristics;
    return methods;
}

const sqlite3_io_methods k_methods = make_methods();

// ---- the VFS: ours for main databases, SQLite's default for everything else ----

sqlite3_vfs* fallback(sqlite3_vfs* vfs) {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

int open_offered(const char* name, sqlite3_file* file, int flags, int* flags_out) {
    try {
        auto bytes = offers().find(name);
        if (bytes == nullptr || (flags & SQLITE_OPEN_READONLY) == 0) return SQLITE_CANTOPEN;
        auto* ours = reinterpret_cast<ArchiveFile*>(file);
        ours->opened = new Opened{std::move(bytes), nullptr};
        ours->base.pMethods = &k_methods;
        if (flags_out != nullptr) *flags_out = flags;
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    file->pMethods = nullptr;  // says that there is nothing to close, should this fail
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) return open_offered(name, file, flags, flags_out);
    // Only nameless temporaries: a connection to an archive has no business with any other file.
    if (name != nullptr) return SQLITE_CANTOPEN;
    return fallback(vfs)->xOpen(fallback(vfs), name, file, flags, flags_out);
}

int delete_file(sqlite3_vfs*, const char*, int) {
    return SQLITE_IOERR_DELETE_NOENT;
}
int access_file(sqlite3_vfs*, const char*, int, int* result) {
    *result = 0;  // there is never a journal beside a database of ours
    return SQLITE_OK;
}
int full_path(sqlite3_vfs*, const char* name, int room, char* into) {
    const std::size_t size = std::strlen(name) + 1;
    if (size > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
    std::memcpy(into, name, size);
    return SQLITE_OK;
}

void* open_library(sqlite3_vfs*, const char*) {
    return nullptr;
}
void library_error(sqlite3_vfs*, int room, char* into) {
    sqlite3_snprintf(room, into, "extensions are not loaded");
}
using LibrarySymbol = void (*)();
LibrarySymbol library_symbol(sqlite3_vfs*, void*, const char*) {
    return nullptr;
}
void close_library(sqlite3_vfs*, void*) {}

int randomness(sqlite3_vfs* vfs, int count, char* into) {
    return fallback(vfs)->xRandomness(fallback(vfs), count, into);
}
int sleep(sqlite3_vfs* vfs, int us) {
    return fallback(vfs)->xSleep(fallback(vfs), us);
}
int current_time(sqlite3_vfs* vfs, double* days) {
    return fallback(vfs)->xCurrentTime(fallback(vfs), days);
}
int last_error(sqlite3_vfs* vfs, int room, char* into) {
    return fallback(vfs)->xGetLastError(fallback(vfs), room, into);
}

sqlite3_vfs make_vfs(sqlite3_vfs* standard) {
    sqlite3_vfs vfs{};
    vfs.iVersion = 1;
    // Files of either VFS live in memory of this size.
    vfs.szOsFile = std::max(standard->szOsFile, static_cast<int>(sizeof(ArchiveFile)));
    vfs.mxPathname = std::max(standard->mxPathname, k_longest_name);
    vfs.zName = k_name;
    vfs.pAppData = standard;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xDlOpen = open_library;
    vfs.xDlError = library_error;
    vfs.xDlSym = library_symbol;
    vfs.xDlClose = close_library;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    return vfs;
}

}  // namespace

const char* archive_vfs() {
    static const int code = [] {
        sqlite3_vfs* standard = sqlite3_vfs_find(nullptr);
        if (standard == nullptr) return SQLITE_ERROR;
        static sqlite3_vfs ours = make_vfs(standard);
        return sqlite3_vfs_register(&ours, 0);
    }();
    if (code != SQLITE_OK) {
        throw SystemError(fmt::format("SQLite refuses the archive VFS: {}", sqlite3_errstr(code)));
    }
    return k_name;
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
        if (sqlite3_file_control(connection, schema, k_take_failure, &failure) == SQLITE_OK && failure) {
            std::rethrow_exception(failure);
        }
    }
}

void rethrow_failure_of_closed() {
    if (std::exception_ptr failure = std::exchange(t_failure_of_closed, nullptr))
        std::rethrow_exception(failure);
}

}  // namespace snapq::archive::sqlite
