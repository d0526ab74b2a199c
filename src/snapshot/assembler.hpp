// Puts the records that a Builder holds together into a Snapshot, from the root value on.
#pragma once

#include "snapshot/builder.hpp"
#include "snapshot/model.hpp"

namespace snapq::snapshot {

// Takes the builder's contents. Throws InputError when `root` holds no snapshot, saying what it is instead.
[[nodiscard]] Snapshot assemble(Builder&& builder, const Value& root);

}  // namespace snapq::snapshot
