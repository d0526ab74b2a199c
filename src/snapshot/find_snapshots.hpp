// Finds the snapshots in the value of an input: the value itself, or values in a user's dicts and lists.
// Also says what a value without a snapshot is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "snapshot/builder.hpp"
#include "snapshot/model.hpp"

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
    bool is_repeated = false;               // an earlier one has the same value
};

struct FoundSnapshots {
    std::vector<FoundSnapshot> snapshots;         // one for each place in the file, in its order
    std::vector<std::vector<OtherValue>> others;  // by container: its values that hold no snapshot
    // The first key whose value is a reference to a dict or list that was not complete yet at that point of
    // the file. The value is in `others`; it may have become a snapshot later.
    std::optional<SnapshotKey> unclear;
};

// Looks into dicts and lists 8 levels deep. An empty list counts as a snapshot only if it is `root` itself.
// Throws InputError with the key when the file refers to its snapshots again and again.
[[nodiscard]] FoundSnapshots find_snapshots(const Builder& builder, const Value& root);

// Throws the InputError that says what the value is and what to record instead.
[[noreturn]] void refuse_value(const Builder& builder, const Value& value);

}  // namespace snapq::snapshot
