// Turns the records of a Builder into a Snapshot. Two parts of this work have source files of their own: the
// settings of the allocator, and selecting the symbols that one of several snapshots uses.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "snapshot/builder.hpp"
#include "snapshot/event_log.hpp"
#include "snapshot/find_snapshots.hpp"
#include "snapshot/model.hpp"

namespace snapq::snapshot {

// The snapshot `index` of those that `find_snapshots` found, with its records in the order of their lists. If
// it is the only snapshot, its records are moved out of the builder. If there are several, each gets copies
// of the records that it uses, and each may be assembled once. Throws InputError when its parts are not what
// a recorder writes.
[[nodiscard]] Snapshot assemble(Builder& builder, const FoundSnapshots& found, std::size_t index);

// `allocator_settings`: a dict of numbers, booleans, text and nested dicts.
//
// Keys of nested dicts are joined by '.'. Texts are stored as they are, other values as JSON text. Sorted by
// key. At most k_most_settings are kept, and only until the expansion budget is used up; the others are
// counted as dropped.
void flatten_settings(Builder& builder, const Value& settings,
                      std::vector<std::pair<std::string, std::string>>& to);

// Copies trace_alloc_overflowed and trace_alloc_max_entries to the traces. Each is a number for all devices,
// a list by device, or a dict by device.
void read_ring_settings(Builder& builder, const Value& settings, std::vector<DeviceTrace>& traces);

// Replaces the ids in `snapshot`, which refer to `symbols` and `tables` of all snapshots of the file, by ids
// of new symbols and event tables with only what this snapshot uses. The order of ids stays.
void keep_used_symbols(Snapshot& snapshot, const Symbols& symbols, const EventTables& tables);

}  // namespace snapq::snapshot
