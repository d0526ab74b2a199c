// The types of records: what containers become after the builder has seen them.
#pragma once

#include <cstdint>

#include "pickle/value.hpp"

namespace snapq::snapshot {

using pickle::Kind;
using pickle::Value;

// Value::type of a record. Value::id is an index into:
enum class Record : std::uint8_t {
    frame,       // Symbols' frames
    stack,       // Symbols' stacks: a list of frames, and any empty list
    event,       // all events of all traces, numbered as they were read
    trace,       // the builder's traces: a list of trace entries
    block,       // the builder's blocks
    segment,     // the builder's segments
    annotation,  // the builder's annotations
    pair,        // the builder's pairs: two integers, such as a pool id
    sequence,    // the builder's sequences: a list of records of one type, or of text
    snapshot,    // the builder's snapshots: a dict with segments or device_traces
    extra,       // ExtraValues: any other list or dict
    dropped,     // nothing: the value is too large and is only counted
};

// The first number of a sequence is the type of the others: a Record, or this one for texts.
inline constexpr std::uint32_t k_text_sequence = 0xff;

[[nodiscard]] inline Value record(Record type, std::uint32_t id) {
    return Value::record(static_cast<std::uint8_t>(type), id);
}
[[nodiscard]] inline bool is_record(const Value& value, Record type) {
    return value.is_record(static_cast<std::uint8_t>(type));
}

}  // namespace snapq::snapshot
