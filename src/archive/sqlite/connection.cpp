#include "archive/sqlite/connection.hpp"

#include <sqlite3.h>
#include <sys/mman.h>

#include <string>

#include "archive/sqlite/database.hpp"
#include "archive/sqlite/hardening.hpp"
#include "archive/sqlite/vfs.hpp"
#include "support/error.hpp"
#include "support/numbers.hpp"

namespace snapq::archive::sqlite {
namespace {

constexpr std::size_t k_shown_sql = 200;  // bytes of SQL that a message quotes

// Distinguishes the heap limit of hardening.cpp from a lack of memory in the system: if only the limit was
// reached, the system can still allocate as much memory again.
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
    if ((code & 0xff) == SQLITE_TOOBIG) {  // no archive has such a long value, so the SQL makes it
        StatementError refused(why);
        refused.with_hint(fmt::format("a value may have at most {}", format_size(k_longest_value)));
        throw refused;
    }
    try {
        throw_error(database, code, sql.substr(0, k_shown_sql));
    } catch (const QueryInterrupted&) {
        throw;
    } catch (const UsageError&) {
        if ((code & 0xff) == SQLITE_AUTH) {
            StatementError refused(fmt::format("this statement is not allowed: {}", why));
            refused.with_hint(
                "archives are read-only: SELECT, WITH, EXPLAIN and PRAGMAs that read are allowed");
            throw refused;
        }
        throw StatementError(why, offset < 0 ? std::nullopt : std::optional<std::size_t>(offset));
    }
}

void check(sqlite3* database, int code, std::string_view doing) {
    if (code != SQLITE_OK) throw_error(database, code, doing);
}

namespace {

// Error messages quote the beginning of the SQL.
std::string_view shown(std::string_view sql) {
    return sql.substr(0, 200);
}

}  // namespace

// ---- statement ----

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement::Statement(sqlite3* database, std::string_view sql, bool persistent) {
    const std::string_view rest = compile(database, sql, persistent ? SQLITE_PREPARE_PERSISTENT : 0);
    if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        throw_usage("SQLite: more than one statement ({})", shown(sql));
    }
}

Statement Statement::first_of(sqlite3* database, std::string_view& sql) {
    Statement statement;
    sql = statement.compile(database, sql, 0);
    return statement;
}

std::string_view Statement::compile(sqlite3* database, std::string_view sql, unsigned flags) {
    sqlite3_stmt* statement = nullptr;
    const char* tail = nullptr;
    const int code =
        sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), flags, &statement, &tail);
    m_statement.reset(statement);
    const auto longest = static_cast<std::size_t>(sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, -1));
    if (code == SQLITE_TOOBIG && sql.size() > longest) {
        throw_usage("SQLite: the SQL has {} bytes, more than {}", sql.size(), longest);
    }
    if (code != SQLITE_OK) throw_sql_error(database, code, sql);
    const std::string_view rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
    // SQLite would ignore the text after a NUL.
    if (rest.starts_with('\0')) throw_usage("SQLite: there is a NUL character in the SQL ({})", shown(sql));
    return rest;
}

void Statement::bind(int parameter, std::int64_t value) {
    check(sqlite3_bind_int64(handle(), parameter, value));
}

void Statement::bind_real(int parameter, double value) {
    check(sqlite3_bind_double(handle(), parameter, value));
}

void Statement::bind(int parameter, std::string_view text) {
    // A null pointer would bind NULL. The destructor nullptr is SQLITE_STATIC, a macro with a C cast.
    const char* data = text.data() != nullptr ? text.data() : "";
    check(sqlite3_bind_text64(handle(), parameter, data, text.size(), nullptr, SQLITE_UTF8));
}

void Statement::bind_null(int parameter) {
    check(sqlite3_bind_null(handle(), parameter));
}

bool Statement::step() {
    const int code = sqlite3_step(handle());
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code);
    return false;
}

void Statement::reset() {
    // The result code repeats the error of the last step, which step() has thrown.
    sqlite3_reset(handle());
}

int Statement::column_count() const {
    return sqlite3_column_count(handle());
}

std::string_view Statement::column_name(int column) const {
    const char* name = sqlite3_column_name(handle(), column);
    return name != nullptr ? name : "";
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle(), column);
}

std::string_view Statement::text(int column) const {
    const unsigned char* text = sqlite3_column_text(handle(), column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(handle(), column))};
}

void Statement::check(int code) const {
    if (code == SQLITE_OK) return;
    throw_error(sqlite3_db_handle(handle()), code, shown(sqlite3_sql(handle())));
}

// ---- connection ----

void Connection::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Connection::Connection(const std::string& name, OpenMode mode, const char* vfs) {
    const int how =
        mode == OpenMode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &database, how | SQLITE_OPEN_NOMUTEX, vfs);
    m_database.reset(database);  // set even after most failures, and holds the message
    if (code != SQLITE_OK) throw_error(database, code, "opening a database");
}

void Connection::execute(const std::string& sql) {
    check(handle(), sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr), shown(sql));
}

std::vector<LibraryVersion> library_versions() {
    return {{"SQLite", ::sqlite3_libversion()}};
}

}  // namespace snapq::archive::sqlite
