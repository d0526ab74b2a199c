#include "timeline/replay/elements.hpp"

#include <algorithm>

namespace snapq::timeline {

using snapshot::EventShape;

std::int64_t ElementReader::size(std::uint32_t idx) const {
    const EventShape* from = shape(idx);
    return from != nullptr ? from->size : block(idx)->requested;
}

std::uint64_t ElementReader::address(std::uint32_t idx) const {
    if (const snapshot::Block* from = block(idx)) return from->address;
    return m_snapshot->event_tables.address(m_trace->events.address_id(m_elements->source[idx]));
}

snapshot::StackId ElementReader::stack(std::uint32_t idx) const {
    const snapshot::Block* from = block(idx);
    return from != nullptr ? from->stack : m_trace->events.stack(m_elements->source[idx]);
}

snapshot::StackId ElementReader::free_stack(std::uint32_t idx) const {
    std::uint32_t event = m_elements->free_requested[idx];
    if (event == Elements::k_none) event = m_elements->free_completed(idx);
    return event == Elements::k_none ? snapshot::StackId{} : m_trace->events.stack(event);
}

const EventShape* ElementReader::shape(std::uint32_t idx) const {
    if (m_elements->origin(idx) == Origin::preexisting_kept) return nullptr;
    return &m_snapshot->event_tables.shapes[m_trace->events.shape(m_elements->source[idx]).value()];
}

const snapshot::Block* ElementReader::block(std::uint32_t idx) const {
    if (m_elements->origin(idx) != Origin::preexisting_kept) return nullptr;
    return &m_snapshot->blocks[m_elements->source[idx]];
}

// The blocks of all segments follow each other in the order of the file, so the segment of a block is the
// last one whose first block is not after it. A segment without blocks has the same first block as the next
// one.
const snapshot::Segment* ElementReader::segment(std::uint32_t idx) const {
    if (m_elements->origin(idx) != Origin::preexisting_kept) return nullptr;
    const auto after = std::ranges::upper_bound(m_snapshot->segments, m_elements->source[idx], {},
                                                &snapshot::Segment::first_block);
    return &*(after - 1);
}

}  // namespace snapq::timeline
