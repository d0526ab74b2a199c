// The SQL functions that snapq adds to a connection (design section 2.2).
//
// All but format_bytes are for the user's own SQL: a view of a stranger's database cannot call them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "archive/sqlite/database.hpp"
#include "archive/sqlite/statement.hpp"

struct sqlite3;

namespace snapq::archive::sqlite {

// Belongs to one connection and goes before it does. One thread at a time.
class Functions {
public:
    // `go_on` is asked by functions that may take long; an empty one asks nothing. It outlives this object.
    Functions(sqlite3* connection, const std::function<bool()>& go_on, Database::MomentResolver resolve);
    Functions(const Functions&) = delete;
    Functions& operator=(const Functions&) = delete;
    ~Functions();

    [[nodiscard]] sqlite3* connection() const { return m_connection; }
    // False when the running question is to end.
    [[nodiscard]] bool may_go_on() const { return !m_go_on || m_go_on(); }
    // Throws what the resolver throws.
    [[nodiscard]] std::int64_t event_of(std::string_view moment, std::int64_t device,
                                        const std::string& schema) const;
    // The statement that gives the text of a stack, by its id; kept, because it is asked for every row.
    [[nodiscard]] Statement& callstack_of(const std::string& schema);

private:
    sqlite3* m_connection;
    const std::function<bool()>& m_go_on;
    Database::MomentResolver m_resolve;
    std::map<std::string, Statement, std::less<>> m_callstacks;  // by schema
};

// The next three register one function each.

// regexp(pattern, text), which `text REGEXP 'pattern'` calls.
void add_regexp(sqlite3* connection, Functions& functions);
// alive_at(device, moment[, schema])
void add_alive_at(sqlite3* connection, Functions& functions);

}  // namespace snapq::archive::sqlite
