// The tables for the contents of a snapshot: its trace (the allocations, and the events that cannot be read
// back from their rows), segments and blocks at the dump, annotations, settings, and unknown keys.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "archive/sqlite/bulk_inserter.hpp"
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

namespace {

using snapshot::Block;
using snapshot::Extra;
using snapshot::Segment;

std::string_view state_of(const snapshot::Symbols& symbols, const Block& block) {
    if (block.state_text) return symbols.text(block.state_text);
    switch (block.state) {
        case snapshot::BlockState::active_allocated: return "active_allocated";
        case snapshot::BlockState::active_pending_free: return "active_pending_free";
        case snapshot::BlockState::inactive: break;
    }
    return "inactive";
}

std::string_view owner_name(Extra::Owner owner) {
    switch (owner) {
        case Extra::Owner::snapshot: return "snapshot";
        case Extra::Owner::wrapper: return "wrapper";
        case Extra::Owner::segment: return "segment";
        case Extra::Owner::block: return "block";
        case Extra::Owner::event: return "event";
        case Extra::Owner::frame: return "frame";
        case Extra::Owner::annotation: break;
    }
    return "annotation";
}

// "SEGMENT/BLOCK", the key of table blocks.
std::string block_key(const Snapshot& snapshot, std::uint64_t block) {
    const auto& segments = snapshot.segments;
    const auto after = std::ranges::upper_bound(segments, block, {}, &Segment::first_block);
    if (after == segments.begin()) return std::to_string(block);
    const auto segment = after - 1;
    return fmt::format("{}/{}", segment - segments.begin(), block - segment->first_block);
}

// The key of the owner in its table; empty for an owner that a file has only once.
std::string owner_key(const Snapshot& snapshot, const Extra& extra) {
    switch (extra.owner) {
        case Extra::Owner::snapshot:
        case Extra::Owner::wrapper: return {};
        case Extra::Owner::block: return block_key(snapshot, extra.index);
        case Extra::Owner::event: return fmt::format("{}:{}", extra.device, extra.index);
        case Extra::Owner::segment:
        case Extra::Owner::frame:
        case Extra::Owner::annotation: break;
    }
    return std::to_string(extra.index);
}

void write_blocks(sqlite::Connection& connection, const Snapshot& snapshot, StringTable& strings) {
    sqlite::BulkInserter into(connection, "blocks");
    for (std::size_t id = 0; id < snapshot.segments.size(); ++id) {
        const Segment& segment = snapshot.segments[id];
        for (std::uint32_t number = 0; number < segment.block_count; ++number) {
            const Block& block = snapshot.blocks[segment.first_block + number];
            into.insert(id, number, signed_address(block.address), block.size, block.requested_size,
                        state_of(snapshot.symbols, block), block.stack, strings.id_of(block.forward_frames));
        }
    }
}

// A value that is too long is replaced by another JSON text, because a part of it would not be valid JSON.
void write_extras(sqlite::Connection& connection, const Snapshot& snapshot) {
    sqlite::BulkInserter into(connection, "extra");
    std::string omitted;
    for (const Extra& extra : snapshot.extras) {
        std::string_view value = snapshot.symbols.text(extra.value);
        if (connection.texts() != nullptr && value.size() > connection.texts()->longest()) {
            omitted = fmt::format("{{\"omitted_bytes\":{}}}", value.size());
            value = omitted;
            connection.texts()->count_cut();
        }
        into.insert(owner_name(extra.owner), owner_key(snapshot, extra), snapshot.symbols.text(extra.key),
                    value);
    }
}

void write_annotations(sqlite::Connection& connection, const Snapshot& snapshot) {
    sqlite::BulkInserter into(connection, "annotations");
    for (std::size_t id = 0; id < snapshot.annotations.size(); ++id) {
        const snapshot::Annotation& annotation = snapshot.annotations[id];
        into.insert(id, annotation.device, text_of(snapshot.symbols, annotation.name),
                    text_of(snapshot.symbols, annotation.stage), annotation.time_us);
    }
}

}  // namespace

void write_segments(sqlite::Connection& connection, const Snapshot& snapshot, StringTable& strings) {
    const snapshot::Symbols& symbols = snapshot.symbols;
    sqlite::BulkInserter into(connection, "segments");
    for (std::size_t id = 0; id < snapshot.segments.size(); ++id) {
        const Segment& segment = snapshot.segments[id];
        into.insert(id, segment.device, signed_address(segment.address), segment.total_size,
                    segment.allocated_size, segment.active_size, segment.requested_size, segment.stream,
                    text_of(symbols, segment.segment_type), text_of(symbols, segment.pool),
                    segment.is_expandable, segment.stack, strings.id_of(segment.forward_frames));
    }
    write_blocks(connection, snapshot, strings);
}

void write_side_tables(sqlite::Connection& connection, const Snapshot& snapshot) {
    write_annotations(connection, snapshot);
    // Nested settings are flattened, so a crafted file may have the same key twice; the first one is kept.
    sqlite::BulkInserter settings(connection, "settings", sqlite::BulkInserter::OnConflict::ignore);
    settings.keep_texts_whole();
    for (const auto& [key, value] : snapshot.settings) settings.insert(key, value);
    write_extras(connection, snapshot);
}

namespace {

constexpr std::uint32_t k_unused = 0xffffffffU;

}  // namespace

StringTable::StringTable(const snapshot::Symbols& symbols)
    : m_symbols(&symbols), m_ids(symbols.text_count(), k_unused) {}

std::optional<std::uint32_t> StringTable::id_of(snapshot::TextId text) {
    if (text.is_none()) return std::nullopt;
    std::uint32_t& id = m_ids[text.value()];
    if (id == k_unused) {
        id = static_cast<std::uint32_t>(m_texts.size());
        m_texts.push_back(text);
    }
    return id;
}

std::optional<std::uint32_t> StringTable::id_of_list(std::span<const snapshot::TextId> texts) {
    constexpr std::size_t k_longest = 1024;
    std::vector<snapshot::TextId> used;
    std::string joined;
    for (const snapshot::TextId id : texts) {
        const std::string_view text = m_symbols->text(id);
        if (text.empty() || std::ranges::find(used, id) != used.end()) continue;
        used.push_back(id);
        // The loop goes on even if the list is too long, because then the last text is needed.
        if (joined.size() <= k_longest)
            joined.append(joined.empty() ? "" : ", ").append(text.substr(0, k_longest + 1));
        if (joined.size() > k_longest) used = {id};
    }
    if (used.empty()) return std::nullopt;
    if (used.size() == 1) return id_of(used.front());
    if (const snapshot::TextId known = m_symbols->find_text(joined)) return id_of(known);
    const auto [at, is_new] = m_joined.emplace(joined, static_cast<std::uint32_t>(m_texts.size()));
    if (is_new) m_texts.emplace_back();
    return at->second;
}

void StringTable::write(sqlite::Connection& connection) const {
    sqlite::BulkInserter strings(connection, "strings");
    std::vector<std::string_view> joined(m_texts.size());
    for (const auto& [text, id] : m_joined) joined[id] = text;
    for (std::size_t id = 0; id < m_texts.size(); ++id)
        strings.insert(id, m_texts[id] ? m_symbols->text(m_texts[id]) : joined[id]);
}

}  // namespace snapq::archive::tables
