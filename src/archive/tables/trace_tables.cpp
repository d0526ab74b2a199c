// The tables of the trace: the allocations, and the events that cannot be read back from the rows of table
// allocations.
#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_values.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::Snapshot;
using snapshot::TextId;
using timeline::Elements;

// Columns of an allocation that come from its alloc event or, for memory allocated before the trace, its
// block.
struct SourceColumns {
    std::optional<std::int64_t> stream;
    TextId pool;
    TextId compile_context;
    TextId user_metadata;
    TextId forward_frames;
    TextId category;
};

class AllocationRows {
public:
    AllocationRows(const Snapshot& snapshot, const DeviceContents& device, StringTable& strings)
        : m_snapshot(&snapshot),
          m_replay(device.replay),
          m_categories(&device.tables->categories),
          m_stacked_timeline(device.stacked_timeline),
          m_strings(&strings),
          m_reader(snapshot, device.replay->trace, device.replay->elements) {}

    void write(sqlite::BulkInserter& into) {
        into.insert_all(m_replay->elements.size(),
                        [&](std::size_t idx) { write_row(into, static_cast<std::uint32_t>(idx)); });
    }

private:
    void write_row(sqlite::BulkInserter& into, std::uint32_t idx) {
        const Elements& elements = m_replay->elements;
        const SourceColumns from = source_columns(idx);
        const std::uint32_t alloc = elements.alloc_event(idx);
        const std::uint32_t requested = elements.free_requested[idx];
        const std::uint32_t completed = elements.free_completed(idx);
        into.insert(m_replay->device, idx, m_reader.size(idx), m_stacked_timeline->start_step(idx),
                    m_stacked_timeline->end_step(idx), signed_address(m_reader.address(idx)), from.stream,
                    text_of(m_snapshot->symbols, from.pool), report::name_of(m_categories->of(idx)),
                    name_of(elements.origin(idx)), m_reader.stack(idx), m_reader.free_stack(idx),
                    event_of(alloc), event_of(requested), event_of(completed), event_of(elements.end[idx]),
                    time_of(alloc), time_of(requested), time_of(completed),
                    m_strings->id_of(from.compile_context), metadata_id(idx, from.user_metadata),
                    m_strings->id_of(from.forward_frames), elements.flags[idx] & k_irregular,
                    m_strings->id_of(from.category));
    }

    [[nodiscard]] SourceColumns source_columns(std::uint32_t idx) const {
        if (const snapshot::EventShape* shape = m_reader.shape(idx)) {
            SourceColumns from{{},
                               shape->pool,
                               shape->compile_context,
                               shape->user_metadata,
                               shape->forward_frames,
                               shape->category};
            if (shape->has_stream) from.stream = shape->stream;
            return from;
        }
        const snapshot::Segment& segment = *m_reader.segment(idx);
        return {segment.stream, segment.pool, {}, {}, m_reader.block(idx)->forward_frames, {}};
    }

    // The metadata of the element, followed by that of its `annotate` events. Rows are written in the order
    // of idx.
    std::optional<std::uint32_t> metadata_id(std::uint32_t idx, TextId own) {
        const auto& annotated = m_replay->annotated;
        while (m_annotated < annotated.size() && annotated[m_annotated].idx < idx) ++m_annotated;
        if (m_annotated == annotated.size() || annotated[m_annotated].idx != idx)
            return m_strings->id_of(own);
        std::vector<TextId> texts;
        if (own) texts.push_back(own);
        for (; m_annotated < annotated.size() && annotated[m_annotated].idx == idx; ++m_annotated) {
            const snapshot::ShapeId shape = m_replay->trace->events.shape(annotated[m_annotated].event);
            texts.push_back(m_snapshot->event_tables.shapes[shape.value()].user_metadata);
        }
        return m_strings->id_of_list(texts);
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
    const timeline::Categories* m_categories;
    const timeline::StackedTimeline* m_stacked_timeline;
    StringTable* m_strings;
    timeline::ElementReader m_reader;
    std::size_t m_annotated = 0;  // position in Replay::annotated
};

// ---- other events ----

template <typename Value>
std::optional<Value> value_if(bool is_known, Value value) {
    return is_known ? std::optional<Value>(value) : std::nullopt;
}

void write_event(sqlite::BulkInserter& into, const snapshot::Snapshot& snapshot,
                 const timeline::Replay& replay, std::size_t event, StringTable& strings) {
    const snapshot::EventLog& log = replay.trace->events;
    const snapshot::EventShape& shape = snapshot.event_tables.shapes[log.shape(event).value()];
    const std::uint64_t address = snapshot.event_tables.address(log.address_id(event));
    into.insert(replay.device, event, snapshot.symbols.text(shape.action_text),
                value_if(shape.has_address, signed_address(address)), value_if(shape.has_size, shape.size),
                value_if(shape.has_stream, shape.stream), text_of(snapshot.symbols, shape.pool),
                log.time_us(event), log.stack(event), value_if(shape.has_device_free, shape.device_free),
                strings.id_of(shape.compile_context), strings.id_of(shape.user_metadata),
                strings.id_of(shape.forward_frames));
}

}  // namespace

void write_allocations(sqlite::Connection& connection, const DatabaseContents& contents,
                       StringTable& strings) {
    sqlite::BulkInserter allocations(connection, "allocations");
    for (const DeviceContents& device : contents.devices) {
        AllocationRows(contents.snapshot, device, strings).write(allocations);
    }
}

void write_other_events(sqlite::Connection& connection, const DatabaseContents& contents,
                        StringTable& strings) {
    sqlite::BulkInserter other_events(connection, "other_events");
    for (const DeviceContents& device : contents.devices) {
        const timeline::Replay& replay = *device.replay;
        std::size_t event = 0;
        other_events.insert_all(static_cast<std::size_t>(std::ranges::count(replay.reproduced, false)),
                                [&](std::size_t) {
                                    while (replay.reproduced[event]) ++event;
                                    write_event(other_events, contents.snapshot, replay, event++, strings);
                                });
    }
}

}  // namespace snapq::archive::tables
