// The dictionary keys, actions and block states of PyTorch's snapshots; docs/snapshots.md explains them.
//
// The builder interns them first, in this order. So the id of a known key is its index here, and the values
// of a dict are found by indexing. A new key of PyTorch needs a line in each of the two lists and one in the
// record that has it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "snapshot/event_log.hpp"

namespace snapq::snapshot {

// clang-format off: the two lists have the same lines.
enum class Key : std::uint8_t {
    segments,
    device_traces,
    allocator_settings,
    external_annotations,
    host_segments,
    host_traces,
    device,
    address,
    total_size,
    allocated_size,
    active_size,
    requested_size,
    stream,
    segment_type,
    segment_pool_id,
    is_expandable,
    frames,
    forward_frames,
    blocks,
    size,
    state,
    history,
    real_size,
    action,
    addr,
    device_free,
    time_us,
    compile_context,
    user_metadata,
    category,
    pool_id,
    name,
    filename,
    line,
    fx_node_op,
    fx_node_name,
    fx_node_target,
    fx_original_trace,
    stage,
};

inline constexpr std::array<std::string_view, 39> k_key_names{
    "segments",
    "device_traces",
    "allocator_settings",
    "external_annotations",
    "host_segments",
    "host_traces",
    "device",
    "address",
    "total_size",
    "allocated_size",
    "active_size",
    "requested_size",
    "stream",
    "segment_type",
    "segment_pool_id",
    "is_expandable",
    "frames",
    "forward_frames",
    "blocks",
    "size",
    "state",
    "history",
    "real_size",
    "action",
    "addr",
    "device_free",
    "time_us",
    "compile_context",
    "user_metadata",
    "category",
    "pool_id",
    "name",
    "filename",
    "line",
    "fx_node_op",
    "fx_node_name",
    "fx_node_target",
    "fx_original_trace",
    "stage",
};
// clang-format on
static_assert(static_cast<std::size_t>(Key::stage) + 1 == k_key_names.size());
static_assert(k_key_names.size() <= 64, "a dict's known keys are a 64-bit mask");

// Names of actions, interned after the keys. `Action::other` has none.
inline constexpr std::array<std::string_view, 11> k_action_names{
    "alloc",        "free_requested", "free_completed", "segment_alloc",
    "segment_free", "segment_map",    "segment_unmap",  "oom",
    "snapshot",     "user_defined",   "annotate"};
static_assert(static_cast<std::size_t>(Action::annotate) + 1 == k_action_names.size());

// States of a block, interned after the actions. PyTorch's docstring calls the second one
// active_awaiting_free.
inline constexpr std::array<std::string_view, 4> k_state_names{"active_allocated", "active_pending_free",
                                                               "inactive", "active_awaiting_free"};

}  // namespace snapq::snapshot
