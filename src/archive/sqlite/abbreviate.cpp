#include "archive/sqlite/abbreviate.hpp"

#include <sqlite3.h>

#include <cstdint>

#include "archive/sqlite/error.hpp"
#include "support/abbreviate.hpp"

namespace snapq::archive::sqlite {
namespace {

// Numbers, NULL and short texts are handed on as they are.
void abbreviate_in_sql(sqlite3_context* context, int, sqlite3_value** arguments) {
    sqlite3_value* value = arguments[0];
    const int type = sqlite3_value_type(value);
    const bool has_bytes = type == SQLITE_TEXT || type == SQLITE_BLOB;
    const std::size_t size = has_bytes ? static_cast<std::size_t>(sqlite3_value_bytes(value)) : 0;
    if (size <= k_longest_abbreviation) return sqlite3_result_value(context, value);
    const std::string text = abbreviate({static_cast<const char*>(sqlite3_value_blob(value)), size});
    // SQLITE_TRANSIENT, without the C cast that the macro is: SQLite copies.
    const auto copy = reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
    sqlite3_result_text64(context, text.data(), text.size(), copy, SQLITE_UTF8);
}

}  // namespace

void add_abbreviate(sqlite3* connection) {
    constexpr int k_flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    check(connection,
          sqlite3_create_function_v2(connection, "abbreviate", 1, k_flags, nullptr, abbreviate_in_sql,
                                     nullptr, nullptr, nullptr),
          "abbreviate");
}

}  // namespace snapq::archive::sqlite
