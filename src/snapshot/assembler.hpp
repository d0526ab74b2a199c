// Turns the records of a Builder into a Snapshot.
#pragma once

#include "snapshot/builder.hpp"
#include "snapshot/find_snapshots.hpp"

namespace snapq::snapshot {

// The snapshot `index` of those that `find_snapshots` found, with its records in the order of their lists.
// The only snapshot takes the records away from the builder. One of several gets copies of those that it
// uses, so that each of them can be assembled, once. Throws InputError when its parts are not what a recorder
// writes.
[[nodiscard]] Snapshot assemble(Builder& builder, const FoundSnapshots& found, std::size_t index);

}  // namespace snapq::snapshot
