// Runs the SQL of the commands, and SQL that only a user would write, on the database of an archive.
#pragma once

#include <array>

#include "archive/archive_reader.hpp"
#include "fuzz/target.hpp"

namespace snapq::fuzz {

inline constexpr std::array k_questions{
    "SELECT * FROM allocs WHERE idx = 1",
    "SELECT * FROM allocs ORDER BY size DESC LIMIT 5",
    "SELECT count(*), sum(size) FROM allocations",
    "SELECT * FROM devices",
    "SELECT * FROM meta",
    "SELECT * FROM stacks WHERE stack_id = 0",
    "SELECT * FROM events LIMIT 50",
    "SELECT * FROM live_stacks JOIN stacks USING(stack_id)",
    "SELECT name, sql FROM sqlite_master",
    "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c",
    "SELECT value FROM json_each((SELECT value FROM meta LIMIT 1))",
    "PRAGMA integrity_check(5)",
};

// Reads at most 1000 rows, because a hostile view may have any number of them.
inline void ask(archive::Database& database, const char* sql) {
    int patience = 20;
    database.check_progress([&] { return --patience > 0; });
    try {
        archive::Query query = database.prepare(sql);
        for (int rows = 0; rows < 1000 && query.next(); ++rows) {
            for (int column = 0; column < query.column_count(); ++column)
                static_cast<void>(query.text(column));
        }
    } catch (const UsageError&) {  // no such table, or interrupted
    }
}

inline void ask_everything(const archive::ArchiveReader& archive) {
    if (archive.kind() == archive::ArchiveKind::raw_snapshot) return;
    archive::Database database = archive.open_database_for_user();
    for (const char* sql : k_questions) accepts([&] { ask(database, sql); });
}

}  // namespace snapq::fuzz
