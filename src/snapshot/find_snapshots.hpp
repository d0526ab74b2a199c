// Finds the snapshots in the value of an input: the value itself, or values in a user's dicts and lists.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/builder.hpp"
#include "snapshot/snapshot_key.hpp"

namespace snapq::snapshot {

// A value beside a snapshot, in the same dict or list.
struct OtherValue {
    Value key;  // the key in a dict, or the position in a list
    Value value;
};

struct FoundSnapshot {
    Value value;  // a Record::snapshot, or a list of segments
    SnapshotKey key;
    std::vector<std::uint32_t> containers;  // around it, from the outside; indexes of FoundSnapshots::others
};

struct FoundSnapshots {
    std::vector<FoundSnapshot> snapshots;         // in the order of the file, each once
    std::vector<std::vector<OtherValue>> others;  // by container: its values that hold no snapshot
};

// Looks into dicts and lists 8 levels deep. An empty list is a snapshot only as the value itself.
[[nodiscard]] FoundSnapshots find_snapshots(const Builder& builder, const Value& root);

}  // namespace snapq::snapshot
