#include "archive/sqlite/error.hpp"

#include <sqlite3.h>
#include <sys/mman.h>

#include <string>

#include "archive/sqlite/database.hpp"
#include "archive/sqlite/hardening.hpp"
#include "archive/sqlite/vfs.hpp"
#include "support/error.hpp"
#include "support/sizes.hpp"

namespace snapq::archive::sqlite {
namespace {

constexpr std::size_t k_shown_sql = 200;  // bytes of SQL that a message quotes

// Tells the heap limit of hardening.cpp from a lack of memory in the system: at the heap limit, the system
// still has memory for as much again.
bool reached_heap_limit() {
    const sqlite3_int64 limit = sqlite3_hard_heap_limit64(-1);
    if (limit <= 0) return false;
    const auto bytes = static_cast<std::size_t>(limit);
    void* room = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && munmap(room, bytes) == 0;
}

[[noreturn]] void throw_out_of_memory(const std::string& message) {
    if (!reached_heap_limit()) throw SystemError(message);
    InputError refused(
        fmt::format("{}: a query may take at most {}", message, format_size(sqlite3_hard_heap_limit64(-1))));
    refused.with_hint("a value in the database is larger than in any archive of snapq, or the SQL makes one");
    throw refused;
}

}  // namespace

void throw_error(sqlite3* database, int code, std::string_view doing) {
    // The error of a failed read has the entry and the offset, which SQLite does not know.
    if (database != nullptr) rethrow_read_failure(database);
    if ((code & 0xff) == SQLITE_IOERR) rethrow_failure_of_closed();
    const char* why = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    const std::string message = fmt::format("SQLite: {} ({})", why, doing);
    switch (code & 0xff) {  // the primary result code
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_READONLY: throw SystemError(message);
        case SQLITE_NOMEM: throw_out_of_memory(message);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT:
        case SQLITE_TOOBIG: throw InputError(message);
        case SQLITE_INTERRUPT: throw QueryInterrupted();
        default: throw UsageError(message);
    }
}

void throw_sql_error(sqlite3* database, int code, std::string_view sql) {
    const int offset = sqlite3_error_offset(database);
    const std::string why = sqlite3_errmsg(database);
    if ((code & 0xff) == SQLITE_TOOBIG) {  // no archive has such a value, so the SQL makes it
        SqlError refused(why);
        refused.with_hint(fmt::format("a value may have at most {}", format_size(k_longest_value)));
        throw refused;
    }
    try {
        throw_error(database, code, sql.substr(0, k_shown_sql));
    } catch (const QueryInterrupted&) {
        throw;
    } catch (const UsageError&) {
        if ((code & 0xff) == SQLITE_AUTH) {
            SqlError refused(fmt::format("this statement is not allowed: {}", why));
            refused.with_hint(
                "archives are read-only: SELECT, WITH, EXPLAIN and PRAGMAs that read are allowed");
            throw refused;
        }
        throw SqlError(why, offset < 0 ? std::nullopt : std::optional<std::size_t>(offset));
    }
}

void check(sqlite3* database, int code, std::string_view doing) {
    if (code != SQLITE_OK) throw_error(database, code, doing);
}

}  // namespace snapq::archive::sqlite
