// `allocator_settings`: a dict of numbers, booleans, text and nested dicts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "snapshot/builder.hpp"

namespace snapq::snapshot {

// Keys of nested dicts are joined by '.'. Texts are stored as they are, other values as JSON text. Sorted by
// key. At most k_most_settings, and only while the text budget lasts; the others are counted as dropped.
void flatten_settings(Builder& builder, const Value& settings,
                      std::vector<std::pair<std::string, std::string>>& to);

// Copies trace_alloc_overflowed and trace_alloc_max_entries to the traces. Each is a number for all devices,
// a list by device, or a dict by device.
void read_ring_settings(Builder& builder, const Value& settings, std::vector<DeviceTrace>& traces);

}  // namespace snapq::snapshot
