#include "archive/sqlite/functions.hpp"

#include <sqlite3.h>

#include <cmath>
#include <cstdint>
#include <utility>

#include "archive/sqlite/error.hpp"
#include "support/abbreviate.hpp"
#include "support/error.hpp"
#include "support/sizes.hpp"

namespace snapq::archive::sqlite {
namespace {

// Slightly below 2^63, so that llround does not overflow.
constexpr double k_beyond_integers = 9.2e18;

void format_bytes(sqlite3_context* context, int, sqlite3_value** arguments) {
    switch (sqlite3_value_numeric_type(arguments[0])) {
        case SQLITE_INTEGER: return result_text(context, format_size(sqlite3_value_int64(arguments[0])));
        case SQLITE_FLOAT: {
            const double bytes = sqlite3_value_double(arguments[0]);
            if (std::abs(bytes) < k_beyond_integers)
                return result_text(context, format_size(std::llround(bytes)));
            return sqlite3_result_null(context);
        }
        default: return sqlite3_result_null(context);
    }
}

std::string schema_argument(int count, sqlite3_value** arguments, int index) {
    if (count <= index || sqlite3_value_type(arguments[index]) == SQLITE_NULL) return "main";
    return reinterpret_cast<const char*>(sqlite3_value_text(arguments[index]));
}

void callstack(sqlite3_context* context, int count, sqlite3_value** arguments) {
    if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    auto& functions = *static_cast<Functions*>(sqlite3_user_data(context));
    try {
        Statement& statement = functions.callstack_of(schema_argument(count, arguments, 1));
        statement.bind(1, sqlite3_value_int64(arguments[0]));
        if (statement.step()) {
            result_text(context, statement.text(0));
        } else {
            sqlite3_result_null(context);
        }
        statement.reset();
    } catch (const std::exception& failure) {
        sqlite3_result_error(context, failure.what(), -1);
    }
}

// Numbers, NULL and short texts stay as they are.
void abbreviate_in_sql(sqlite3_context* context, int, sqlite3_value** arguments) {
    sqlite3_value* value = arguments[0];
    const int type = sqlite3_value_type(value);
    const bool has_bytes = type == SQLITE_TEXT || type == SQLITE_BLOB;
    const std::size_t size = has_bytes ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0;
    if (size <= k_longest_abbreviation) return sqlite3_result_value(context, value);
    result_text(context, abbreviate({static_cast<const char*>(sqlite3_value_blob(value)), size}));
}

void add_function(sqlite3* connection, const char* name, int arguments, int flags, Functions* functions,
                  void (*call)(sqlite3_context*, int, sqlite3_value**)) {
    check(connection,
          sqlite3_create_function_v2(connection, name, arguments, SQLITE_UTF8 | flags, functions, call,
                                     nullptr, nullptr, nullptr),
          name);
}

}  // namespace

void result_text(sqlite3_context* context, std::string_view text) {
    // SQLITE_TRANSIENT, a macro with a C cast: SQLite copies the text.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
    sqlite3_result_text64(context, text.data(), text.size(), copy, SQLITE_UTF8);
}

void add_abbreviate(sqlite3* connection) {
    add_function(connection, "abbreviate", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr,
                 abbreviate_in_sql);
}

Functions::Functions(sqlite3* connection, const std::function<bool()>& go_on,
                     Database::MomentResolver resolve)
    : m_connection(connection), m_go_on(go_on), m_resolve(std::move(resolve)) {
    add_function(connection, "format_bytes", 1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, this, format_bytes);
    add_function(connection, "callstack", 1, SQLITE_DIRECTONLY, this, callstack);
    add_function(connection, "callstack", 2, SQLITE_DIRECTONLY, this, callstack);
    add_regexp(connection, *this);
    add_alive_at(connection, *this);
}

Functions::~Functions() = default;

std::int64_t Functions::event_of(std::string_view moment, std::int64_t device,
                                 const std::string& schema) const {
    return m_resolve(moment, device, schema);
}

Statement& Functions::callstack_of(const std::string& schema) {
    const auto found = m_callstacks.find(schema);
    if (found != m_callstacks.end()) return found->second;
    const std::string sql =
        fmt::format("SELECT callstack FROM {}.stacks WHERE stack_id = ?1", quoted_name(schema));
    return m_callstacks.emplace(schema, Statement(m_connection, sql, true)).first->second;
}

}  // namespace snapq::archive::sqlite
