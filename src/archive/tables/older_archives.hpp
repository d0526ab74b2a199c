// Archives made by older versions of snapq lack tables and columns. With the views of this file, the queries
// of this version run on them without an error: a missing table is empty, and a missing column is NULL.
#pragma once

#include "archive/sqlite/database.hpp"

namespace snapq::archive::tables {

// Adds temporary views that hide the older tables: they have all columns of this version. Figures whose
// meaning was wrong in older versions are NULL. A no-op for an archive of this version, and for a database
// that lacks more than any version did.
void add_missing_names(Database& database);

}  // namespace snapq::archive::tables
