// A decoded snapshot in PyTorch's vocabulary (CUDACachingAllocator, memory_snapshot.cpp); docs/snapshots.md
// explains it.
//
// Plain data. Sizes are bytes, times are Unix microseconds, addresses are unsigned 64-bit numbers, whatever
// sign the file has. Texts, frames and stacks are stored once and have ids. One thread builds it; then any
// number may read.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frames/symbols.hpp"
#include "snapshot/event_log.hpp"
#include "snapshot/expansion_budget.hpp"

namespace snapq::snapshot {

// The largest number of devices with a trace or a segment; PyTorch supports 128. More are refused when a file
// is converted and when an archive is read.
inline constexpr std::size_t k_most_devices = 1000;

// The largest number of allocator settings; PyTorch has some dozens. More are counted as dropped; readers of
// archives refuse more.
inline constexpr std::size_t k_most_settings = 2000;

enum class BlockState : std::uint8_t { active_allocated, active_pending_free, inactive };

struct Block {
    std::uint64_t address = 0;  // computed from the segment for files before PyTorch 2.1, which have none
    std::int64_t size = 0;      // bytes occupied
    std::optional<std::int64_t> requested_size;  // meaningless for inactive blocks
    TextId state_text;                           // as in the file
    BlockState state = BlockState::inactive;
    StackId stack;
    TextId forward_frames;  // JSON array of strings
    // Bytes that the program requested, for a block in use: requested_size, else real_size of history, else
    // size.
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
    // Its blocks are Snapshot::blocks[first_block, first_block + block_count), in the order of the file.
    std::uint32_t first_block = 0;
    std::uint32_t block_count = 0;
    bool has_blocks = true;  // the file had the key, so the blocks are known
};

struct Annotation {
    std::optional<std::int64_t> device;
    TextId name;
    TextId stage;
    std::optional<std::int64_t> time_us;
};

// An unknown key, or a known one with a value of an unexpected type. `value` is JSON text.
struct Extra {
    enum class Owner : std::uint8_t { snapshot, wrapper, segment, block, event, frame, annotation };
    Owner owner = Owner::snapshot;
    std::int64_t device = 0;  // event only
    // In Snapshot::segments, blocks or annotations, in Symbols' frames, or in the trace of the device.
    std::uint64_t index = 0;
    TextId key;
    TextId value;
};

// Irregularities of the input; docs/snapshots.md defines them.
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
    surplus_bytes,
    cut_text,
};
inline constexpr std::array<std::string_view, 11> k_anomaly_names{"unmatched_free",
                                                                  "alloc_over_live",
                                                                  "missing_completion",
                                                                  "live_not_in_blocks",
                                                                  "block_without_alloc",
                                                                  "negative_reserved_start",
                                                                  "unknown_action",
                                                                  "invalid_text",
                                                                  "dropped_extra",
                                                                  "surplus_bytes",
                                                                  "cut_text"};

struct AnomalyCount {
    std::optional<std::int64_t> device;  // nullopt: of the whole file
    Anomaly kind = Anomaly::unmatched_free;
    std::int64_t count = 0;
    std::optional<std::int64_t> first_event;
};

// The trace of one device, oldest event first.
struct DeviceTrace {
    std::int64_t device = 0;
    EventLog events;
    // The settings trace_alloc_overflowed and trace_alloc_max_entries of the ring buffer, when the file has
    // them.
    std::optional<bool> overflowed;
    std::optional<std::int64_t> max_entries;
};

struct Snapshot {
    Symbols symbols;
    EventTables event_tables;  // shared by all traces
    // One for each list of device_traces, also for an empty one, in the order of devices; then that of the
    // host, if it has events.
    std::vector<DeviceTrace> traces;
    std::vector<Segment> segments;
    std::vector<Block> blocks;
    std::vector<Annotation> annotations;
    std::vector<std::pair<std::string, std::string>> settings;  // "key.subkey" to text, sorted
    std::vector<Extra> extras;
    std::vector<AnomalyCount> anomalies;  // only those found while decoding
    // The texts of all members above have been charged to it. Code that repeats them or builds longer ones
    // charges those to it as well. Shared with the other snapshots of the input. Never null.
    std::shared_ptr<ExpansionBudget> expansion_budget = std::make_shared<ExpansionBudget>();
    bool has_segments = false;       // the file had the key (or was a bare list)
    bool has_host_segments = false;  // the file had the key
    bool has_traces = false;         // the file had the key device_traces
    // profile_plot made the snapshot from a run of torch.profiler: each block in use is a tensor, and each
    // segment only spans the addresses of the tensors of one device, so nothing is known of what the
    // allocator reserved. Blocks have no addresses of their own and are listed in the order of their
    // allocation. The last list of device_traces is that of the CPU.
    bool made_by_profile_plot = false;
};

// Where a snapshot is inside the value of an input: under which keys and positions of a user's dicts and
// lists.
//
// From the outside to the inside; empty when the value is the snapshot itself.
struct SnapshotKey {
    struct Step {
        std::string key;                       // of a dict; empty in a list. Long keys are cut
        std::optional<std::int64_t> position;  // in a list; nullopt in a dict
    };
    std::vector<Step> steps;

    // "rank0", "[1]", "job.rank0", "snapshots[1]".
    [[nodiscard]] std::string path() const {
        std::string path;
        for (const Step& step : steps) {
            if (step.position) {
                path += '[' + std::to_string(*step.position) + ']';
            } else {
                path += (path.empty() ? "" : ".") + step.key;
            }
        }
        return path;
    }
};

}  // namespace snapq::snapshot
