#include <algorithm>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_text.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::Segment;
using snapshot::Snapshot;
using snapshot::TextId;
using timeline::Elements;

// Blocks lie in file order behind one another, so the segment of a block is the last one that starts at or
// before it (the last: one without blocks starts where the next one does).
const Segment& segment_of(const Snapshot& snapshot, std::uint32_t block) {
    const auto after = std::ranges::upper_bound(snapshot.segments, block, {}, &Segment::first_block);
    return *(after - 1);
}

// What an element has from the event or the block it came from.
struct Origins {
    std::optional<std::int64_t> stream;
    TextId pool;
    TextId compile_context;
    TextId user_metadata;
    TextId forward_frames;
};

class AllocationRows {
public:
    AllocationRows(const Snapshot& snapshot, const DeviceContents& device, StringTable& strings)
        : m_snapshot(&snapshot),
          m_replay(device.replay),
          m_steps(device.steps),
          m_strings(&strings),
          m_reader(snapshot, device.replay->trace, device.replay->elements) {}

    void write(sqlite::BulkInserter& into) {
        into.insert_all(m_replay->elements.size(),
                        [&](std::size_t idx) { write_row(into, static_cast<std::uint32_t>(idx)); });
    }

private:
    void write_row(sqlite::BulkInserter& into, std::uint32_t idx) {
        const Elements& elements = m_replay->elements;
        const Origins from = origins_of(idx);
        const std::uint32_t alloc = elements.alloc_event(idx);
        const std::uint32_t requested = elements.free_requested[idx];
        const std::uint32_t completed = elements.free_completed(idx);
        into.insert(m_replay->device, idx, m_reader.size(idx), m_steps->start_step(idx),
                    m_steps->end_step(idx), signed_address(m_reader.address(idx)), from.stream,
                    text_of(m_snapshot->symbols, from.pool), name_of(elements.origin(idx)),
                    m_reader.stack(idx), m_reader.free_stack(idx), event_of(alloc), event_of(requested),
                    event_of(completed), event_of(elements.end[idx]), time_of(alloc), time_of(requested),
                    time_of(completed), m_strings->id_of(from.compile_context),
                    m_strings->id_of(from.user_metadata), m_strings->id_of(from.forward_frames),
                    elements.flags[idx] & k_irregular);
    }

    [[nodiscard]] Origins origins_of(std::uint32_t idx) const {
        if (const snapshot::EventShape* shape = m_reader.shape(idx)) {
            Origins from{
                {}, shape->pool, shape->compile_context, shape->user_metadata, shape->forward_frames};
            if (shape->has_stream) from.stream = shape->stream;
            return from;
        }
        const Segment& segment = segment_of(*m_snapshot, m_replay->elements.source[idx]);
        return {segment.stream, segment.pool, {}, {}, m_reader.block(idx)->forward_frames};
    }

    static std::optional<std::uint32_t> event_of(std::uint32_t event) {
        if (event == Elements::k_none) return std::nullopt;
        return event;
    }

    [[nodiscard]] std::optional<std::int64_t> time_of(std::uint32_t event) const {
        if (event == Elements::k_none) return std::nullopt;
        return m_replay->trace->events.time_us(event);
    }

    static constexpr int k_irregular = timeline::k_irregular_alloc | timeline::k_irregular_free_requested |
                                       timeline::k_irregular_free_completed;

    const Snapshot* m_snapshot;
    const timeline::Replay* m_replay;
    const StepSource* m_steps;
    StringTable* m_strings;
    timeline::ElementReader m_reader;
};

}  // namespace

void write_allocations(sqlite::Connection& connection, const DatabaseContents& contents,
                       StringTable& strings) {
    sqlite::BulkInserter allocations(connection, "allocations");
    for (const DeviceContents& device : contents.devices) {
        AllocationRows(contents.snapshot, device, strings).write(allocations);
    }
}

}  // namespace snapq::archive::tables
