// The trace of a device as columns of numbers: 16 bytes an event plus what distinct values need.
//
// Most fields of neighbouring events repeat (a third each of alloc, free_requested and free_completed, a
// dozen sizes), so everything but address, stack and time is interned as one EventShape. Addresses are
// interned too: the caching allocator hands out the same ones again and again, and replay can then find the
// open allocation at an address by indexing an array. Times are deltas to the first time of their group of
// 4096 events.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "snapshot/ids.hpp"
#include "support/block_vector.hpp"
#include "support/interner.hpp"

namespace snapq::snapshot {

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
    other,  // its own name stands in EventShape::action_text
};

// What repeats from event to event.
struct EventShape {
    Action action = Action::other;
    bool has_address = false;  // `addr` was there
    bool has_size = false;
    bool has_stream = false;
    bool has_device_free = false;
    TextId action_text;            // as spelled by the file
    std::int64_t size = 0;         // bytes
    std::int64_t stream = 0;       // u64 pointers modulo 2^64
    std::int64_t device_free = 0;  // bytes, oom only
    TextId pool;                   // "1,0"; none when absent
    TextId compile_context;        // none when absent
    TextId user_metadata;
    TextId forward_frames;  // JSON array of strings

    friend bool operator==(const EventShape&, const EventShape&) = default;
    [[nodiscard]] std::uint64_t hash() const;
};

// Interned shapes and addresses, shared by the traces of one snapshot.
struct EventTables {
    RecordInterner<EventShape> shapes;

    // Addresses, as u64.
    std::uint32_t intern_address(std::uint64_t address);
    // The id of an address that some event has; nullopt for any other.
    [[nodiscard]] std::optional<std::uint32_t> find_address(std::uint64_t address) const;
    [[nodiscard]] std::uint64_t address(std::uint32_t id) const { return m_addresses[id]; }
    [[nodiscard]] std::size_t address_count() const { return m_addresses.size(); }

private:
    IdTable m_address_table;
    std::vector<std::uint64_t> m_addresses;
};

// Event numbers are positions in the device's trace, below 2^32 - 1.
class EventLog {
public:
    static constexpr std::uint32_t k_no_event = 0xffffffffU;

    void append(std::uint32_t address_id, ShapeId shape, StackId stack, std::optional<std::int64_t> time_us);

    [[nodiscard]] std::size_t size() const { return m_shapes.size(); }
    [[nodiscard]] ShapeId shape(std::size_t event) const { return ShapeId(m_shapes[event]); }
    // Of an event without `addr`, the id of address 0.
    [[nodiscard]] std::uint32_t address_id(std::size_t event) const { return m_addresses[event]; }
    // `none` when the event has no `frames` key.
    [[nodiscard]] StackId stack(std::size_t event) const { return StackId(m_stacks[event]); }
    [[nodiscard]] std::optional<std::int64_t> time_us(std::size_t event) const;

private:
    BlockVector<std::uint32_t> m_shapes;
    BlockVector<std::uint32_t> m_addresses;
    BlockVector<std::uint32_t> m_stacks;
    BlockVector<std::int32_t> m_time_deltas;
    std::vector<std::int64_t> m_time_bases;  // one for each group of events
    std::unordered_map<std::uint32_t, std::int64_t>
        m_far_times;  // deltas that do not fit 32 bits (35 minutes)
};

}  // namespace snapq::snapshot
