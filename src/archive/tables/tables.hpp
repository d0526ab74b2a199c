// The tables of elements.db by families, one function each. All rows go in in the order of their keys, so
// that pages are filled one after the other.
#pragma once

#include "archive/database_builder.hpp"
#include "archive/sqlite/connection.hpp"
#include "archive/tables/string_table.hpp"

namespace snapq::archive::tables {

// meta, anomalies
void write_manifest_tables(sqlite::Connection& connection, const Manifest& manifest);

// devices, timeline, stack_totals, live_stacks, stream_totals, fragmentation, oom, spans
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

}  // namespace snapq::archive::tables
