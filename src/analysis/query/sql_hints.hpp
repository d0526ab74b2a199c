// What to tell a user whose SQL has an error.
#pragma once

#include <string>
#include <string_view>

#include "archive/sqlite/database.hpp"

namespace snapq::analysis {

// For "no such table": the tables of the archive. For "no such column": the columns of each table that the
// statement names, a line each, after the most similar one. Empty for other errors. `message` is SQLite's.
[[nodiscard]] std::string sql_hint(archive::Database& database, std::string_view sql,
                                   std::string_view message);

}  // namespace snapq::analysis
