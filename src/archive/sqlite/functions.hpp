// The SQL functions that snapq adds to connections. docs/archive-format.md describes those for users.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "archive/sqlite/connection.hpp"
#include "archive/sqlite/database.hpp"

struct sqlite3;
struct sqlite3_context;

namespace snapq::archive::sqlite {

// Adds format_bytes, callstack, regexp and alive_at for the user's own SQL. All but format_bytes are
// direct-only, so that a view or an expression in the schema of an untrusted database cannot call them.
// Destroyed before the connection. One thread at a time.
class Functions {
public:
    // `go_on` is called by functions that may take long; false ends the query. It may be empty, and it
    // outlives this object.
    Functions(sqlite3* connection, const std::function<bool()>& go_on, Database::MomentResolver resolve);
    Functions(const Functions&) = delete;
    Functions& operator=(const Functions&) = delete;
    ~Functions();

    [[nodiscard]] sqlite3* connection() const { return m_connection; }
    // False when the running query has to end.
    [[nodiscard]] bool may_go_on() const { return !m_go_on || m_go_on(); }
    // Throws what the resolver throws.
    [[nodiscard]] std::int64_t event_of(std::string_view moment, std::int64_t device,
                                        const std::string& schema) const;
    // The statement that selects the text of a stack by its id. It is kept, because callstack() runs for each
    // row.
    [[nodiscard]] Statement& callstack_of(const std::string& schema);

private:
    sqlite3* m_connection;
    const std::function<bool()>& m_go_on;
    Database::MomentResolver m_resolve;
    std::map<std::string, Statement, std::less<>> m_callstacks;  // by schema
};

// Adds abbreviate(text), which calls snapq::abbreviate, for the program's own queries: long texts of an
// untrusted database are then shortened one at a time, before they are collected.
void add_abbreviate(sqlite3* connection);

// ---- used by Functions ----

// regexp(pattern, text), which `text REGEXP 'pattern'` calls.
void add_regexp(sqlite3* connection, Functions& functions);
// alive_at(device, moment[, schema])
void add_alive_at(sqlite3* connection, Functions& functions);

// Sets the result of a function to a copy of `text`.
void result_text(sqlite3_context* context, std::string_view text);

}  // namespace snapq::archive::sqlite
