#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_text.hpp"
#include "archive/tables/tables.hpp"

namespace snapq::archive::tables {
namespace {

using sqlite::BulkInserter;
using sqlite::Connection;
using timeline::DeviceTables;

// Calls `write(inserter, device number, tables)` for each device, so that a table is filled in the order of
// its key.
template <typename Write>
void for_devices(Connection& connection, const DatabaseContents& contents, std::string_view table,
                 Write&& write) {
    BulkInserter inserter(connection, table);
    for (const DeviceContents& device : contents.devices) {
        write(inserter, device.tables->figures.device, *device.tables);
    }
}

void write_devices(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "devices",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    const timeline::DeviceRow& row = tables.figures;
                    into.insert(device, row.event_count, row.allocation_count, row.timesteps, row.has_trace,
                                row.complete, row.preexisting_bytes, row.peak_requested_bytes, row.peak_event,
                                row.peak_timestep, row.peak_time_us, row.peak_stack,
                                row.reserved_at_peak_bytes, row.peak_reserved_bytes, row.peak_reserved_event,
                                row.end_requested_bytes, row.end_allocated_bytes, row.end_active_bytes,
                                row.end_reserved_bytes, row.unfreed_bytes, row.pending_bytes, row.oom_events,
                                row.first_time_us, row.last_time_us);
                });
}

void write_timeline(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "timeline",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::TimelineRow& row : tables.timeline) {
                        into.insert(device, row.event, row.timestep, row.time_us, row.requested_bytes,
                                    row.reserved_bytes);
                    }
                });
}

void write_stack_totals(Connection& connection, const DatabaseContents& contents) {
    std::string tenths;
    for_devices(connection, contents, "stack_totals",
                [&tenths](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::StackTotalRow& row : tables.stack_totals) {
                        tenths.clear();
                        if (row.has_unfreed_tenths) {
                            fmt::format_to(std::back_inserter(tenths), "[{}]",
                                           fmt::join(row.unfreed_tenths, ","));
                        }
                        into.insert(device, row.stack, name_of(row.origin), row.allocations, row.total_bytes,
                                    row.min_size, row.max_size, row.peak_bytes, row.peak_count, row.max_bytes,
                                    row.max_event, row.end_bytes, row.end_count, unless_empty(tenths));
                    }
                });
}

void write_live_stacks(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "live_stacks",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::LiveStackRow& row : tables.live_stacks) {
                        into.insert(device, row.moment, row.stack, name_of(row.origin), row.bytes, row.count);
                    }
                });
}

void write_stream_totals(Connection& connection, const DatabaseContents& contents) {
    const snapshot::Symbols& symbols = contents.snapshot.symbols;
    for_devices(connection, contents, "stream_totals",
                [&symbols](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::StreamTotalRow& row : tables.stream_totals) {
                        into.insert(device, row.stream, text_of(symbols, row.pool), row.allocations,
                                    row.total_bytes, row.peak_bytes, row.max_bytes, row.end_bytes);
                    }
                });
}

void write_fragmentation(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "fragmentation",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::FragmentationRow& row : tables.fragmentation) {
                        into.insert(device, row.moment, row.estimated, row.reserved_bytes,
                                    row.requested_bytes, row.rounding_bytes, row.cached_bytes,
                                    row.stranded_bytes, row.segments, row.cached_segments, row.holes,
                                    row.largest_hole_bytes);
                    }
                });
}

void write_ooms(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "oom",
                [&contents](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::OomRow& row : tables.ooms) {
                        frames::StackClass about;
                        if (row.stack) about = contents.classify(row.stack);
                        into.insert(device, row.event, row.time_us, row.requested_bytes,
                                    row.device_free_bytes, row.live_bytes, row.reserved_bytes,
                                    row.short_bytes, row.largest_hole_bytes, row.fits_without_fragmentation,
                                    row.stack, unless_empty(about.site), unless_empty(about.op));
                    }
                });
}

void write_spans(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "spans",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::SpanRow& row : tables.spans) {
                        into.insert(device, row.name, row.depth, row.cut, row.start_event, row.end_event,
                                    row.start_time_us, row.end_time_us, row.start_bytes, row.peak_bytes,
                                    row.peak_event, row.end_bytes);
                    }
                });
}

}  // namespace

void write_precomputed_tables(Connection& connection, const DatabaseContents& contents) {
    write_devices(connection, contents);
    write_timeline(connection, contents);
    write_stack_totals(connection, contents);
    write_live_stacks(connection, contents);
    write_stream_totals(connection, contents);
    write_fragmentation(connection, contents);
    write_ooms(connection, contents);
    write_spans(connection, contents);
}

}  // namespace snapq::archive::tables
