// What the numbers of a snapshot name.
#pragma once

#include "frames/symbols.hpp"
#include "support/strong_id.hpp"

namespace snapq::snapshot {

// The ids of text, frames and stacks are the same in every room.
using frames::Frame;
using frames::FrameId;
using frames::StackId;
using frames::Symbols;
using frames::TextId;
using ShapeId = StrongId<struct ShapeTag>;  // the part of trace events that repeats: action, size, stream, …

}  // namespace snapq::snapshot
