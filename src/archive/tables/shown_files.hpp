// Shows the files of frames under other names.
#pragma once

#include "archive/sqlite/database.hpp"

namespace snapq::archive::tables {

// Adds temporary views in place of the tables `frames` and `stacks`: filenames are those that `naming`
// returns, sites have them, and the texts of whole stacks are empty. Other tables have no filenames, or, as
// table `oom`, the site of a stack that they also name. SQL that names the schema still sees the tables.
void show_files_by(Database& database, const FileNaming& naming);

}  // namespace snapq::archive::tables
