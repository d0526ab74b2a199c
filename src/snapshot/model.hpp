// A decoded snapshot in PyTorch's own vocabulary. Plain data: knows neither pickle nor SQLite.
//
// Sizes are bytes, times Unix microseconds, addresses unsigned 64-bit (whatever sign the file used).
// Everything that repeats in a snapshot is stored once and named by an id. Built by one thread, read by many.
// Source of the vocabulary: PyTorch's CUDACachingAllocator and memory_snapshot.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frames/symbols.hpp"
#include "snapshot/event_log.hpp"
#include "snapshot/ids.hpp"

namespace snapq::snapshot {

enum class BlockState : std::uint8_t { active_allocated, active_pending_free, inactive };

struct Block {
    std::uint64_t address = 0;  // computed from the segment where the file (before 2.1) has none
    std::int64_t size = 0;      // bytes occupied
    std::optional<std::int64_t> requested_size;  // garbage for inactive blocks
    TextId state_text;                           // as spelled by the file
    BlockState state = BlockState::inactive;
    StackId stack;
    TextId forward_frames;  // JSON array of strings
    // Bytes the program asked for, of a block in use: requested_size, else history's real_size, else size.
    std::int64_t requested = 0;

    [[nodiscard]] bool occupied() const { return state != BlockState::inactive; }
};

struct Segment {
    std::int64_t device = 0;
    std::uint64_t address = 0;
    std::int64_t total_size = 0;
    std::optional<std::int64_t> allocated_size;
    std::optional<std::int64_t> active_size;
    std::optional<std::int64_t> requested_size;
    std::optional<std::int64_t> stream;
    TextId segment_type;
    TextId pool;  // "1,0"
    std::optional<bool> is_expandable;
    StackId stack;
    TextId forward_frames;
    std::uint32_t first_block =
        0;  // its blocks are blocks[first_block, first_block + block_count), in file order
    std::uint32_t block_count = 0;
};

struct Annotation {
    std::optional<std::int64_t> device;
    TextId name;
    TextId stage;
    std::optional<std::int64_t> time_us;
};

// A key the reader does not know, or a known one with a value of an unexpected type; `value` is JSON text.
struct Extra {
    enum class Owner : std::uint8_t { snapshot, wrapper, segment, block, event, frame, annotation };
    Owner owner = Owner::snapshot;
    std::int64_t device = 0;  // event only
    std::uint64_t index =
        0;  // of the segment, block (global), event (in its device's trace), frame or annotation
    TextId key;
    TextId value;
};

// Something odd in the input, by the names of the contract (see k_anomaly_names).
enum class Anomaly : std::uint8_t {
    unmatched_free,
    alloc_over_live,
    missing_completion,
    live_not_in_blocks,
    block_without_alloc,
    negative_reserved_start,
    unknown_action,
    invalid_text,
    dropped_extra,
};
inline constexpr std::array<std::string_view, 9> k_anomaly_names{
    "unmatched_free",     "alloc_over_live",     "missing_completion",
    "live_not_in_blocks", "block_without_alloc", "negative_reserved_start",
    "unknown_action",     "invalid_text",        "dropped_extra"};

struct AnomalyCount {
    std::optional<std::int64_t> device;  // empty: of the file as a whole
    Anomaly kind = Anomaly::unmatched_free;
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event;
};

// The trace of one device, oldest event first.
struct DeviceTrace {
    std::int64_t device = 0;
    EventLog events;
    // What the file says of its ring: trace_alloc_overflowed and trace_alloc_max_entries, where present.
    std::optional<bool> overflowed;
    std::optional<std::int64_t> max_entries;
};

struct Snapshot {
    Symbols symbols;
    EventTables event_tables;         // shared by all traces
    std::vector<DeviceTrace> traces;  // device_traces in order; empty ones included; device = position
    std::vector<Segment> segments;
    std::vector<Block> blocks;
    std::vector<Annotation> annotations;
    std::vector<std::pair<std::string, std::string>> settings;  // flattened key.subkey to text; sorted by key
    std::vector<Extra> extras;
    std::vector<AnomalyCount> anomalies;  // those found while decoding
    bool has_segments = false;            // the file had the key (or was a bare list)
    bool has_traces = false;              // the file had the key device_traces
};

}  // namespace snapq::snapshot
