// The schema of elements.db and the functions that fill its tables, one for each family. They insert all rows
// in the order of the keys, so that pages are filled one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "archive/database_builder.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/tables/column_values.hpp"

namespace snapq::archive::tables {

// ---- schema ----

// Bytes of a database page. SQLite reads whole pages. Nearly all of the file is table allocations, which
// queries read in the order in which it is stored, so large pages cost little. They keep the B-trees low:
// three levels for ten million rows.
inline constexpr std::uint32_t k_page_size = 16384;

// "SNPQ", at byte 68 of the database, where `file` and other programs find it.
inline constexpr std::int32_t k_application_id = 0x534e5051;

// Grows when a table or a column is added. Readers accept larger versions and use the tables they know.
inline constexpr std::int32_t k_schema_version = 3;

// The CREATE statements of all tables and views. Their names are public, because users query them. SQLite
// stores the text with its comments, so `.schema` explains itself.
[[nodiscard]] std::string_view schema_sql();

// ---- rows ----

// meta, anomalies
void write_manifest_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// devices, timeline, stack_totals, live_stacks, stream_totals, fragmentation, pool_fragmentation, oom,
// oom_unusable, spans, pending, leaks, steps, category_totals, category_timeline
void write_precomputed_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// frames, stacks, stack_frames
void write_stack_tables(sqlite::Connection& connection, const DatabaseContents& contents);

// allocations
void write_allocations(sqlite::Connection& connection, const DatabaseContents& contents,
                       StringTable& strings);

// other_events
void write_other_events(sqlite::Connection& connection, const DatabaseContents& contents,
                        StringTable& strings);

// segments, blocks
void write_segments(sqlite::Connection& connection, const snapshot::Snapshot& snapshot, StringTable& strings);

// annotations, settings, extra
void write_side_tables(sqlite::Connection& connection, const snapshot::Snapshot& snapshot);

// ---- the text of a stack ----

// Largest text of one stack, in bytes. Deep recursion through long C++ names would make rows that tools
// cannot show. Table stack_frames always has the whole stack.
inline constexpr std::size_t k_max_stack_text = std::size_t{1} << 20;

// Replaces `into` by "(0) file:line:name" for each frame, innermost first, joined by newlines. An unknown
// line (-1) is "?". Where the text would exceed `longest` bytes, at least 128, its last line is "... N more
// frames", and false is returned.
bool write_stack_text(const snapshot::Symbols& symbols, snapshot::StackId stack, std::string& into,
                      std::size_t longest = k_max_stack_text);

}  // namespace snapq::archive::tables
