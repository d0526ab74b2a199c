// Makes a connection safe for a database made by a stranger (design section 2.2): it can be read, and nothing
// else.
#pragma once

#include <sqlite3.h>

#include <string>

namespace snapq::archive::sqlite {

// What a database, or SQL over it, may cost. A statement that asks for more fails; it never crashes or fills
// memory.
inline constexpr int k_longest_value = 16
                                       << 20;  // bytes of one value; the longest honest one is 1 MiB of stack
inline constexpr int k_longest_statement = 1 << 20;  // bytes of SQL
inline constexpr int k_longest_schema = 50'000;  // instructions of SQLite's to read it, some eight a table
inline constexpr int k_page_cache_kib =
    4 << 10;  // for each attached database; sorters take as much, then spill
inline constexpr long long k_heap_goal = 24LL
                                         << 20;  // SQLite gives cached pages back above this, all connections
inline constexpr long long k_heap_limit =
    64LL << 20;  // and fails above this: a record that lies about its size, or SQL that makes large values

// For a connection just opened, before its first statement: defensive mode, untrusted schema, no triggers, no
// extensions, no virtual tables but JSON's and the pragmas', limits, SQLite's heap limited. Modules and
// functions registered later are the caller's choice.
void restrict(sqlite3* connection);

// The same for a connection that only reads: also small caches, sorters in temporary files, and an authorizer
// that allows SELECT, READ, RECURSIVE, FUNCTION (not load_extension), reading pragmas and what declaring an
// eponymous virtual table asks for. Throws InputError when the database is so damaged that its schema cannot
// be read.
void harden(sqlite3* connection);

// Attaches the database that the connection's VFS knows as `name` to a hardened connection, as `schema`:
// snapq's own doing, which a user's SQL is not allowed. Throws UsageError when SQLite has no room for another
// one, InputError when the database is damaged.
void attach_hardened(sqlite3* connection, const std::string& name, const std::string& schema);

}  // namespace snapq::archive::sqlite
