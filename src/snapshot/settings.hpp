// `allocator_settings`: a dict of numbers, booleans, text and smaller dicts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "snapshot/builder.hpp"

namespace snapq::snapshot {

// Nested keys joined by '.'; text as it is, everything else as JSON text. Sorted by key.
void flatten_settings(Builder& builder, const Value& settings,
                      std::vector<std::pair<std::string, std::string>>& to);

// trace_alloc_overflowed and trace_alloc_max_entries: a number for all devices, a list indexed by device, or
// a dict.
void read_ring_settings(Builder& builder, const Value& settings, std::vector<DeviceTrace>& traces);

}  // namespace snapq::snapshot
