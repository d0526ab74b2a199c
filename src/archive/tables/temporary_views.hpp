// Temporary views in place of the tables of an open archive: what archives of older versions lack, and
// files under other names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/sqlite/database.hpp"

namespace snapq::archive::tables {

// Archives made by older versions of snapq lack tables and columns. Adds temporary views that hide the older
// tables, so that the queries of this version run without an error: they have all columns of this version, a
// missing table is empty, and a missing column is NULL. Figures that older versions computed wrongly are
// NULL. Does nothing for an archive of this version, and for a database that lacks more than any version did.
void add_missing_names(Database& database);

// Whether archives of version 0.1.0 lack the column, and no view adds it: its table has very many rows, or
// commands say themselves that the archive lacks it. Both names are in lower case.
[[nodiscard]] bool is_later_column(std::string_view table, std::string_view column);

// Adds temporary views in place of the tables `stacks` and `frames`, in which names are abbreviated. Named
// queries group and sort by names: SQLite would keep each name of a megabyte as often as rows have it, in
// memory and in temporary files. Leaves views of show_files_by as they are, because sites are abbreviated
// there too. Returns the tables that have a view now.
std::vector<std::string> shorten_names(Database& database);

// Removes the views that shorten_names added. No statement may be running.
void show_whole_names(Database& database, const std::vector<std::string>& shortened);

// Adds temporary views in place of the tables `frames` and `stacks`: filenames are those that `naming`
// returns, sites contain these names and are abbreviated, and the texts of whole stacks are empty. Other
// tables have no filenames, or, as table `oom`, the site of a stack that they also name. SQL that names the
// schema still sees the tables.
void show_files_by(Database& database, const FileNaming& naming);

}  // namespace snapq::archive::tables
