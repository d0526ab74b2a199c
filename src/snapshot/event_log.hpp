// The trace of a device as columns of numbers: 16 bytes an event, plus the distinct values.
//
// Most fields repeat from event to event: there are few actions, sizes and streams. So all fields except
// address, stack and time are interned together as one EventShape. Addresses are interned too: the caching
// allocator reuses them, and replay can find the open allocation at an address in an array by its id. A time
// is a difference to the first time of its group of 4096 events.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frames/symbols.hpp"
#include "support/block_vector.hpp"
#include "support/interner.hpp"

namespace snapq::snapshot {

// The ids of texts, frames and stacks are the same in every room.
using frames::Frame;
using frames::FrameId;
using frames::StackId;
using frames::Symbols;
using frames::TextId;
using ShapeId = StrongId<struct ShapeTag>;

// The `action` of a trace entry; see docs/snapshots.md.
enum class Action : std::uint8_t {
    alloc,
    free_requested,
    free_completed,
    segment_alloc,
    segment_free,
    segment_map,
    segment_unmap,
    oom,
    snapshot,
    user_defined,
    annotate,
    other,  // EventShape::action_text has its name
};

// The fields that repeat from event to event.
struct EventShape {
    Action action = Action::other;
    bool has_address = false;  // the event has `addr`
    bool has_size = false;
    bool has_stream = false;
    bool has_device_free = false;
    TextId action_text;            // as in the file
    std::int64_t size = 0;         // bytes
    std::int64_t stream = 0;       // a pointer, modulo 2^64
    std::int64_t device_free = 0;  // bytes; only of oom
    TextId pool;                   // "1,0"; none when absent
    TextId compile_context;        // none when absent
    TextId user_metadata;
    TextId forward_frames;  // JSON array of strings
    TextId category;        // of profile_plot, such as "activation"; the event has it as an Extra, too

    friend bool operator==(const EventShape&, const EventShape&) = default;
    [[nodiscard]] std::uint64_t hash() const;
};

// Interned shapes and addresses, shared by the traces of one snapshot.
struct EventTables {
    RecordInterner<EventShape> shapes;

    std::uint32_t intern_address(std::uint64_t address);
    // nullopt for an address that no event has.
    [[nodiscard]] std::optional<std::uint32_t> find_address(std::uint64_t address) const;
    [[nodiscard]] std::uint64_t address(std::uint32_t id) const { return m_addresses[id]; }
    [[nodiscard]] std::size_t address_count() const { return m_addresses.size(); }

private:
    IdTable m_address_table;
    std::vector<std::uint64_t> m_addresses;
};

// Event numbers are positions in the trace of the device, below 2^32 - 1. One thread appends; then any number
// may read.
class EventLog {
public:
    static constexpr std::uint32_t k_no_event = 0xffffffffU;

    // Throws InputError when the trace is full.
    void append(std::uint32_t address_id, ShapeId shape, StackId stack, std::optional<std::int64_t> time_us);

    [[nodiscard]] std::size_t size() const { return m_shapes.size(); }
    [[nodiscard]] ShapeId shape(std::size_t event) const { return ShapeId(m_shapes[event]); }
    // The id of address 0 for an event without `addr`.
    [[nodiscard]] std::uint32_t address_id(std::size_t event) const { return m_addresses[event]; }
    // `none` when the event has no `frames` key.
    [[nodiscard]] StackId stack(std::size_t event) const { return StackId(m_stacks[event]); }
    [[nodiscard]] std::optional<std::int64_t> time_us(std::size_t event) const;

    [[nodiscard]] EventLog clone() const;
    // Replaces each id of a shape, an address and a stack by `*_ids[id]`.
    void renumber(std::span<const std::uint32_t> shape_ids, std::span<const std::uint32_t> address_ids,
                  std::span<const std::uint32_t> stack_ids);

private:
    BlockVector<std::uint32_t> m_shapes;
    BlockVector<std::uint32_t> m_addresses;
    BlockVector<std::uint32_t> m_stacks;
    BlockVector<std::int32_t> m_time_deltas;
    std::vector<std::int64_t> m_time_bases;  // one for each group of events
    // Times whose difference does not fit into 32 bits (35 minutes), by event.
    std::unordered_map<std::uint32_t, std::int64_t> m_far_times;
};

struct MergedTrace {
    EventLog events;
    // By list and event: the position in `events`. Empty if there was only one list, whose positions do not
    // change.
    std::vector<std::vector<std::uint32_t>> positions;
};

// The events in the order of their times. Events of one list keep their order, and an event without a time,
// or with one that steps back, follows directly after the one before it. Throws InputError when the trace is
// full.
[[nodiscard]] MergedTrace merge_by_time(std::vector<EventLog>&& lists);

}  // namespace snapq::snapshot
