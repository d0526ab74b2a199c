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
struct sqlite3_value;

namespace snapq::archive::sqlite {

// Adds the functions for the user's own SQL. All but address, device_name, format_bytes and parse_bytes are
// direct-only, so that a view or an expression in the schema of an untrusted database cannot call them. Must
// be destroyed before the connection. One thread at a time.
class Functions {
public:
    // `go_on` is called by functions that may take long; false ends the query. It may be empty, and it must
    // outlive this object.
    Functions(sqlite3* connection, const std::function<bool()>& go_on, Database::MomentResolver resolve);
    Functions(const Functions&) = delete;
    Functions& operator=(const Functions&) = delete;
    ~Functions();

    [[nodiscard]] sqlite3* connection() const { return m_connection; }
    // False when the running query has to end.
    [[nodiscard]] bool may_go_on() const { return !m_go_on || m_go_on(); }
    // Throws what the resolver throws.
    [[nodiscard]] MomentOnDevice resolve(std::string_view moment, std::int64_t device,
                                         const std::string& schema) const;
    // The statement of this SQL. It is prepared once and kept, because functions run for each row. The caller
    // resets it after use.
    [[nodiscard]] Statement& kept(const std::string& sql);

private:
    sqlite3* m_connection;
    const std::function<bool()>& m_go_on;
    Database::MomentResolver m_resolve;
    std::map<std::string, Statement> m_statements;  // by their SQL
};

// Adds abbreviate(text), which calls snapq::abbreviate, for the program's own queries: long texts of an
// untrusted database are then shortened one at a time, before they are collected.
void add_abbreviate(sqlite3* connection);

// Adds shown_file(filename) and shown_site(site, filename) for temporary views of the program. `naming` gives
// a file the name by which it is shown; in the text of a site, the name of its file is replaced. The
// connection keeps a copy.
void add_file_naming(sqlite3* connection, const FileNaming& naming);

// ---- used by Functions ----

// callstack(stack_id[, archive][, frames])
void add_callstack(sqlite3* connection, Functions& functions);
// median(x) and percentile(x, p)
void add_aggregates(sqlite3* connection, Functions& functions);
// regexp(pattern, text), which `text REGEXP 'pattern'` calls.
void add_regexp(sqlite3* connection, Functions& functions);
// alive_at(device, moment[, archive]) and live_at(device, moment[, archive])
void add_alive_at(sqlite3* connection, Functions& functions);
// blocks_at(device, moment[, archive])
void add_blocks_at(sqlite3* connection, Functions& functions);
// span_number(span)
void add_span_number(sqlite3* connection, Functions& functions);

// Sets the result of a function to a copy of `text`.
void result_text(sqlite3_context* context, std::string_view text);
// Ends the statement with this message.
void result_error(sqlite3_context* context, std::string_view message);
// Ends the statement with the exception that is being handled.
void result_failure(sqlite3_context* context) noexcept;

// Every function is given to SQLite in this form: exceptions must not pass through SQLite's C code.
template <void (*Function)(sqlite3_context*, int, sqlite3_value**)>
void guarded(sqlite3_context* context, int count, sqlite3_value** arguments) {
    try {
        Function(context, count, arguments);
    } catch (...) {
        result_failure(context);
    }
}

// The argument as text; a number is converted, NULL is empty. Valid until the function returns.
[[nodiscard]] std::string_view text_argument(sqlite3_value* value);
// The device of a function with this name: a number or 'host'. Throws UsageError for any other value.
[[nodiscard]] std::int64_t device_argument(std::string_view function, sqlite3_value* value);
// The moment of a function; an integer is the number of an event.
[[nodiscard]] std::string moment_argument(sqlite3_value* value);

}  // namespace snapq::archive::sqlite
