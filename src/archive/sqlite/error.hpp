// SQLite's result codes as snapq's errors.
#pragma once

#include <string_view>

struct sqlite3;

namespace snapq::archive::sqlite {

// `doing` names what was tried, such as the SQL. The message is SQLite's own for the connection (which may be
// null). Full disks, I/O and memory failures are SystemErrors; damaged databases, and what passes the limit
// on SQLite's heap, InputErrors; everything else (SQL that is wrong or refused) a UsageError.
[[noreturn]] void throw_error(sqlite3* database, int code, std::string_view doing);

// The same for SQL that a user wrote: a SqlError without the SQL, but with the place in it, instead of the
// UsageError.
[[noreturn]] void throw_sql_error(sqlite3* database, int code, std::string_view sql);

// Throws unless `code` is SQLITE_OK.
void check(sqlite3* database, int code, std::string_view doing);

}  // namespace snapq::archive::sqlite
