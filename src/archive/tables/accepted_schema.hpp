// Which databases of unknown origin are accepted: those whose schema cannot make SQLite run anything that
// cannot be interrupted.
//
// SQLite checks its limits between two instructions. One call of a function, such as instr() on long texts,
// is a single instruction and may take hours, so a schema must not choose functions. Accepted are plain
// tables, indexes on columns, and views over tables that only join, filter and sum. Everything that `convert`
// and SnapViewer's converter write is accepted; docs/archive-format.md has the rules for users.
#pragma once

#include <string>

struct sqlite3;

namespace snapq::archive::tables {

// Throws RefusedDatabase, without the name of the file, with the name of the first entry of the schema of
// database `schema` ("main" or an attached one) that is not accepted.
void check_schema(sqlite3* database, const std::string& schema = "main");

}  // namespace snapq::archive::tables
