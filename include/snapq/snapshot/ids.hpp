// What the numbers of a snapshot name.
#pragma once

#include "snapq/support/strong_id.hpp"

namespace snapq::snapshot {

using TextId = StrongId<struct TextTag>;    // interned text of any role: names, contexts, pools, unknown keys
using FrameId = StrongId<struct FrameTag>;  // table frames
using StackId =
    StrongId<struct StackTag>;  // table stacks; the empty stack has an id too, `none` is "key absent"
using ShapeId = StrongId<struct ShapeTag>;  // the part of trace events that repeats: action, size, stream, …

}  // namespace snapq::snapshot
