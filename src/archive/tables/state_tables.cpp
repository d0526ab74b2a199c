// The tables for everything in a snapshot except its trace: segments and blocks at the dump, annotations,
// settings, and unknown keys.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_values.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::Block;
using snapshot::Extra;
using snapshot::Segment;
using snapshot::Snapshot;

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

}  // namespace snapq::archive::tables
