#include <algorithm>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_text.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using snapshot::EventShape;

template <typename Value>
std::optional<Value> value_if(bool there, Value value) {
    return there ? std::optional<Value>(value) : std::nullopt;
}

void write_event(sqlite::BulkInserter& into, const snapshot::Snapshot& snapshot,
                 const timeline::Replay& replay, std::size_t event, StringTable& strings) {
    const snapshot::EventLog& log = replay.trace->events;
    const EventShape& shape = snapshot.event_tables.shapes[log.shape(event).value()];
    const std::uint64_t address = snapshot.event_tables.address(log.address_id(event));
    into.insert(replay.device, event, snapshot.symbols.text(shape.action_text),
                value_if(shape.has_address, signed_address(address)), value_if(shape.has_size, shape.size),
                value_if(shape.has_stream, shape.stream), text_of(snapshot.symbols, shape.pool),
                log.time_us(event), log.stack(event), value_if(shape.has_device_free, shape.device_free),
                strings.id_of(shape.compile_context), strings.id_of(shape.user_metadata),
                strings.id_of(shape.forward_frames));
}

}  // namespace

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
