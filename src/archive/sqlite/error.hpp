// SQLite's result codes as snapq's errors.
#pragma once

#include <string_view>

struct sqlite3;

namespace snapq::archive::sqlite {

// Throws the error for a result code. `doing` names the operation that failed, such as the SQL. The message
// is that of the connection, which may be null. A full disk, an I/O error and a lack of memory are a
// SystemError. A damaged database, and data that exceeds the limit of SQLite's heap, are an InputError.
// Everything else, such as SQL that is wrong or refused, is a UsageError. When a read of the archive failed
// below SQLite, its InputError is thrown.
[[noreturn]] void throw_error(sqlite3* database, int code, std::string_view doing);

// The same for the SQL of a user. Instead of the UsageError, and for a value that is too long, it throws a
// SqlError, which has the offset in the SQL instead of its text.
[[noreturn]] void throw_sql_error(sqlite3* database, int code, std::string_view sql);

// Throws unless `code` is SQLITE_OK.
void check(sqlite3* database, int code, std::string_view doing);

}  // namespace snapq::archive::sqlite
