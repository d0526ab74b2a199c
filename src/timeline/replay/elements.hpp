// The elements of one device: every stretch of memory that was live at some time of the trace.
//
// Order is the contract's (design section 4): first what existed before the trace, in reverse order of
// discovery (scan of the trace, then the final blocks; so survivors come first), then the allocations of the
// trace in event order. Position i is `idx` i of the database and row i of allocations.json. 17 bytes an
// element: everything else is looked up in the event log or the block it came from.
#pragma once

#include <cstdint>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"

namespace snapq::timeline {

using snapshot::EventLog;

// Whether survivors of the final blocks count (all, the truth), or what SnapViewer's converter shows (freed).
enum class Preexisting : std::uint8_t { all, freed };

enum class Origin : std::uint8_t { preexisting_kept, preexisting_freed, trace };

// Bits of Elements::flags. The first three are column `irregular`: that event of this element stands verbatim
// in other_events, because the element does not reproduce it (another size, stream, pool, context, …).
enum ElementFlag : std::uint8_t {
    k_irregular_alloc = 1,
    k_irregular_free_requested = 2,
    k_irregular_free_completed = 4,
    k_completed = 8,  // `end` is this element's own free_completed event
};

struct Elements {
    static constexpr std::uint32_t k_none = EventLog::k_no_event;

    // trace: its alloc event. preexisting_freed: its first free event (free_requested, or free_completed when
    // that came alone). preexisting_kept: index into Snapshot::blocks.
    BlockVector<std::uint32_t> source;
    BlockVector<std::uint32_t> free_requested;  // event or k_none
    // Event after which it is no longer live: its completion; its request where completions are not recorded;
    // the alloc that reused the address. k_none: live at the end.
    BlockVector<std::uint32_t> end;
    BlockVector<std::uint8_t> flags;
    // idx of the elements that end, in the order in which they end. At an alloc over a live address the old
    // one ends first, then the new one starts, both at that event.
    BlockVector<std::uint32_t> closes;
    std::uint32_t kept_count = 0;   // idx [0, kept_count) are preexisting_kept
    std::uint32_t freed_count = 0;  // the next freed_count are preexisting_freed; the rest are of the trace

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(source.size()); }
    [[nodiscard]] std::uint32_t preexisting_count() const { return kept_count + freed_count; }
    [[nodiscard]] Origin origin(std::uint32_t idx) const {
        if (idx < kept_count) return Origin::preexisting_kept;
        return idx < preexisting_count() ? Origin::preexisting_freed : Origin::trace;
    }
    // Event at which it starts, k_none for what existed before the trace.
    [[nodiscard]] std::uint32_t alloc_event(std::uint32_t idx) const {
        return idx < preexisting_count() ? k_none : source[idx];
    }
    // Its own completion, or k_none.
    [[nodiscard]] std::uint32_t free_completed(std::uint32_t idx) const {
        return (flags[idx] & k_completed) != 0 ? end[idx] : k_none;
    }
};

// Reads the properties of elements from where they came. Cheap to copy; refers to its arguments.
class ElementReader {
public:
    // `trace` may be null (a device with segments only): then all elements are preexisting_kept.
    ElementReader(const snapshot::Snapshot& snapshot, const snapshot::DeviceTrace* trace,
                  const Elements& elements)
        : m_snapshot(&snapshot), m_trace(trace), m_elements(&elements) {}

    // Requested bytes.
    [[nodiscard]] std::int64_t size(std::uint32_t idx) const;
    [[nodiscard]] std::uint64_t address(std::uint32_t idx) const;
    // Stack the memory is attributed to: of the alloc; of the free for preexisting_freed; of the block for
    // kept.
    [[nodiscard]] snapshot::StackId stack(std::uint32_t idx) const;
    // Stack of its free: of the request where there is one (a late completion may carry the stack of an
    // unrelated call that noticed it), else of the completion. `none` while it was not freed.
    [[nodiscard]] snapshot::StackId free_stack(std::uint32_t idx) const;
    // Shape of the event it came from; null for preexisting_kept.
    [[nodiscard]] const snapshot::EventShape* shape(std::uint32_t idx) const;
    // Block it came from; null unless preexisting_kept.
    [[nodiscard]] const snapshot::Block* block(std::uint32_t idx) const;

private:
    const snapshot::Snapshot* m_snapshot;
    const snapshot::DeviceTrace* m_trace;
    const Elements* m_elements;
};

}  // namespace snapq::timeline
