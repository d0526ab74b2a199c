// Makes it safe to open a database of unknown origin: it can be read, and its schema cannot run anything.
// docs/guarantees.md states what holds for users.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

namespace snapq::archive::sqlite {

// Limits for a database and for SQL that reads it. A statement that exceeds one fails.

// Bytes of one value. The longest value that snapq writes is the text of a stack, 1 MiB.
inline constexpr int k_longest_value = 16 << 20;
// Bytes of SQL.
inline constexpr int k_longest_statement = 1 << 20;
// Instructions of SQLite's virtual machine for reading the schema; a table takes about eight.
inline constexpr int k_longest_schema = 50'000;
// KiB of the page cache of each attached database. A sorter uses as much memory before it writes to a
// temporary file.
inline constexpr int k_page_cache_kib = 4 << 10;
// Bytes of SQLite's heap, for all connections: above the first, SQLite frees cached pages; above the second,
// it fails.
inline constexpr long long k_soft_heap_limit = 24LL << 20;
inline constexpr long long k_hard_heap_limit = 64LL << 20;

// Call it for a new connection before its first statement. Sets defensive mode, an untrusted schema and the
// limits above, and turns off triggers, CHECK constraints, extensions and all virtual tables except those of
// JSON and of pragmas. Modules and functions that are registered later are not affected.
void restrict(sqlite3* connection);

// The same for a connection that only reads. Adds a small page cache, sorters in temporary files, and an
// authorizer that allows SELECT, READ, RECURSIVE, FUNCTION (except load_extension and full-text search),
// pragmas that read, and the declaration of eponymous virtual tables. Throws InputError when the schema
// cannot be read.
void harden(sqlite3* connection);

// From now on, a hardened connection may call only the functions that the program's own queries need. None of
// them takes long on long texts.
void allow_own_functions_only(sqlite3* connection);

// Attaches the database `name` of the connection's VFS to a hardened connection as `schema`. The authorizer
// refuses ATTACH in the SQL of users. Throws UsageError when the name is taken or 10 databases are attached,
// InputError when the database is damaged.
void attach_hardened(sqlite3* connection, const std::string& name, const std::string& schema);

// Runs a CREATE TEMP VIEW of the program itself on a hardened connection. A temporary view hides a table of
// the same name from SQL that does not name the schema; the file is not changed.
void create_temp_view(sqlite3* connection, const std::string& sql);

// Removes such a view, so that its name means the table again.
void drop_temp_view(sqlite3* connection, std::string_view name);

}  // namespace snapq::archive::sqlite
