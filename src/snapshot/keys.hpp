// The dictionary keys and words of PyTorch's snapshots, in one table.
//
// The decoder interns these first, so that the id of a known key is its place here and a dict is read by
// indexing. A new PyTorch key is one line here and one in the record that carries it. Source: snapshot-format
// section 2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "snapshot/event_log.hpp"

namespace snapq::snapshot {

// clang-format off: the two lists are read side by side.
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

inline constexpr std::array<std::string_view, 38> k_key_names{"segments",
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
                                                              "pool_id",
                                                              "name",
                                                              "filename",
                                                              "line",
                                                              "fx_node_op",
                                                              "fx_node_name",
                                                              "fx_node_target",
                                                              "fx_original_trace",
                                                              "stage"};
// clang-format on
static_assert(static_cast<std::size_t>(Key::stage) + 1 == k_key_names.size());
static_assert(k_key_names.size() <= 64, "a dict's known keys are a 64-bit mask");

// Names of actions, interned right behind the keys. `Action::other` has none.
inline constexpr std::array<std::string_view, 11> k_action_names{
    "alloc",        "free_requested", "free_completed", "segment_alloc",
    "segment_free", "segment_map",    "segment_unmap",  "oom",
    "snapshot",     "user_defined",   "annotate"};
static_assert(static_cast<std::size_t>(Action::annotate) + 1 == k_action_names.size());

// States of a block, behind the actions. `active_awaiting_free` is the docstring's spelling of the second.
inline constexpr std::array<std::string_view, 4> k_state_names{"active_allocated", "active_pending_free",
                                                               "inactive", "active_awaiting_free"};

}  // namespace snapq::snapshot
