// The elements of one device: every stretch of memory that was live at some time of the trace.
//
// docs/timeline.md defines their order: first what existed before the trace, in reverse order of discovery,
// then the allocations of the trace in the order of their events. Position i is `idx` i in the database and
// row i of allocations.json. An element takes 17 bytes here; everything else is looked up in the event or the
// block that it came from.
#pragma once

#include <cstdint>

#include "snapshot/model.hpp"
#include "support/block_vector.hpp"

namespace snapq::timeline {

using snapshot::EventLog;

// Which part of the memory from before the trace is drawn: all of it, or only the part that the trace frees,
// as SnapViewer's converter does.
enum class Preexisting : std::uint8_t { all, freed };

enum class Origin : std::uint8_t { preexisting_kept, preexisting_freed, trace };

// Bits of Elements::flags. The first three are also the bits of column `irregular`: the event is kept
// unchanged in other_events, because the row of the element does not reproduce it (another size, stream,
// pool, context, …).
enum ElementFlag : std::uint8_t {
    k_irregular_alloc = 1,
    k_irregular_free_requested = 2,
    k_irregular_free_completed = 4,
    k_completed = 8,  // `end` is the free_completed event of this element
};

struct Elements {
    static constexpr std::uint32_t k_none = EventLog::k_no_event;

    // Depends on the origin. trace: the alloc event. preexisting_freed: the first free event, which is a
    // free_requested, or a free_completed that had no request. preexisting_kept: the index into
    // Snapshot::blocks.
    BlockVector<std::uint32_t> source;
    BlockVector<std::uint32_t> free_requested;  // event or k_none
    // The event after which the element is no longer live: its completion, or its request if completions are
    // not recorded, or the alloc that used the address again. k_none: live at the end.
    BlockVector<std::uint32_t> end;
    BlockVector<std::uint8_t> flags;
    // The closes of the device: idx of the elements that end, in the order in which they end. When an alloc
    // uses an open address, the old element ends first, then the new one starts, both at that event.
    BlockVector<std::uint32_t> closes;
    std::uint32_t kept_count = 0;   // idx [0, kept_count) are preexisting_kept
    std::uint32_t freed_count = 0;  // the next freed_count are preexisting_freed; the rest are of the trace

    [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(source.size()); }
    [[nodiscard]] std::uint32_t preexisting_count() const { return kept_count + freed_count; }
    [[nodiscard]] Origin origin(std::uint32_t idx) const {
        if (idx < kept_count) return Origin::preexisting_kept;
        return idx < preexisting_count() ? Origin::preexisting_freed : Origin::trace;
    }
    // The event at which the element starts; k_none if it existed before the trace.
    [[nodiscard]] std::uint32_t alloc_event(std::uint32_t idx) const {
        return idx < preexisting_count() ? k_none : source[idx];
    }
    // The free_completed event of the element, or k_none.
    [[nodiscard]] std::uint32_t free_completed(std::uint32_t idx) const {
        return (flags[idx] & k_completed) != 0 ? end[idx] : k_none;
    }
};

// Reads the properties of elements from the events and blocks that they came from. Cheap to copy. Its
// arguments must outlive it. Any number of threads may use one.
class ElementReader {
public:
    // `trace` may be null (a device with segments only): then all elements are preexisting_kept.
    ElementReader(const snapshot::Snapshot& snapshot, const snapshot::DeviceTrace* trace,
                  const Elements& elements)
        : m_snapshot(&snapshot), m_trace(trace), m_elements(&elements) {}

    // Requested bytes.
    [[nodiscard]] std::int64_t size(std::uint32_t idx) const;
    [[nodiscard]] std::uint64_t address(std::uint32_t idx) const;
    // The stack that the memory is attributed to: of the alloc (trace), of the free (preexisting_freed) or of
    // the block (preexisting_kept).
    [[nodiscard]] snapshot::StackId stack(std::uint32_t idx) const;
    // The stack of the request, or of the completion if there is no request; `none` if it was not freed. The
    // request comes first because a late completion may carry the stack of an unrelated later call.
    [[nodiscard]] snapshot::StackId free_stack(std::uint32_t idx) const;
    // The shape of the event that it came from; null for preexisting_kept.
    [[nodiscard]] const snapshot::EventShape* shape(std::uint32_t idx) const;
    // The block that it came from; null unless preexisting_kept.
    [[nodiscard]] const snapshot::Block* block(std::uint32_t idx) const;
    // The final segment of that block; null unless preexisting_kept. Logarithmic in the number of segments.
    [[nodiscard]] const snapshot::Segment* segment(std::uint32_t idx) const;

private:
    const snapshot::Snapshot* m_snapshot;
    const snapshot::DeviceTrace* m_trace;
    const Elements* m_elements;
};

}  // namespace snapq::timeline
