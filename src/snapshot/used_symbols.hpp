// Gives one of several snapshots of a file its own symbols.
#pragma once

#include "snapshot/model.hpp"

namespace snapq::snapshot {

// Replaces the ids in `snapshot`, which refer to `symbols` and `tables` of all snapshots of the file, by ids
// of new symbols and event tables with only what this snapshot uses. The order of ids stays.
void keep_used_symbols(Snapshot& snapshot, const Symbols& symbols, const EventTables& tables);

}  // namespace snapq::snapshot
