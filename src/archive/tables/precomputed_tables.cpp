#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/column_values.hpp"
#include "archive/tables/tables.hpp"
#include "report/figures.hpp"
#include "support/devices.hpp"

namespace snapq::archive::tables {
namespace {

using sqlite::BulkInserter;
using sqlite::Connection;
using sqlite::Statement;
using timeline::DeviceTables;

// Calls `write(inserter, device number, tables)` for each device, in the order of the table's key.
template <typename Write>
void for_devices(Connection& connection, const DatabaseContents& contents, std::string_view table,
                 Write&& write) {
    BulkInserter inserter(connection, table);
    for (const DeviceContents& device : contents.devices) {
        write(inserter, device.tables->figures.device, *device.tables);
    }
}

// An INSERT whose first parameters are the key columns `keys`, and whose others are `columns` in their order.
template <typename Row, std::size_t N>
Statement prepare_insert(Connection& connection, std::string_view table, std::vector<std::string_view> keys,
                         const std::array<report::Column<Row>, N>& columns) {
    std::vector<std::string_view> names = std::move(keys);
    for (const std::string_view name : report::names_of(columns)) names.push_back(name);
    const std::vector<std::string_view> values(names.size(), "?");
    return connection.prepare(
        fmt::format("INSERT INTO {}({}) VALUES({})", table, fmt::join(names, ","), fmt::join(values, ",")));
}

// Binds the columns of `row` from parameter `first` on, and inserts it.
template <typename Row, std::size_t N>
void insert_columns(Statement& insert, int first, const std::array<report::Column<Row>, N>& columns,
                    const Row& row) {
    int parameter = first;
    for (const report::Column<Row>& column : columns) {
        const report::MaybeInteger value = column.value_of(row);
        value ? insert.bind(parameter, *value) : insert.bind_null(parameter);
        ++parameter;
    }
    insert.step();
    insert.reset();
}

void write_devices(Connection& connection, const DatabaseContents& contents) {
    Statement insert = prepare_insert(connection, "devices", {"device", "kind"}, report::k_device_columns);
    for (const DeviceContents& device : contents.devices) {
        const report::DeviceFigures& figures = device.tables->figures;
        insert.bind(1, figures.device);
        insert.bind(2, device_kind(figures.device));
        insert_columns(insert, 3, report::k_device_columns, figures);
    }
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
    Statement insert =
        prepare_insert(connection, "fragmentation", {"device", "moment"}, report::k_fragmentation_columns);
    for (const DeviceContents& device : contents.devices) {
        for (const report::Fragmentation& row : device.tables->fragmentation) {
            insert.bind(1, device.tables->figures.device);
            insert.bind(2, row.moment);
            insert_columns(insert, 3, report::k_fragmentation_columns, row);
        }
    }
}

void write_pool_fragmentation(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "pool_fragmentation",
                [&contents](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::PoolFragmentationRow& row : tables.pools) {
                        const report::Fragmentation& usage = row.usage;
                        into.insert(
                            device, usage.moment, row.event, text_of(contents.snapshot.symbols, row.pool),
                            row.stream, row.is_small ? "small" : "large", row.is_expandable, usage.estimated,
                            usage.reserved_bytes, usage.requested_bytes, usage.rounding_bytes,
                            usage.cached_bytes, usage.stranded_bytes, usage.segments, usage.cached_segments,
                            usage.holes, usage.largest_hole_bytes, usage.largest_cached_segment_bytes);
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
                                    row.stack, unless_empty(about.site), unless_empty(about.op), row.stream,
                                    text_of(contents.snapshot.symbols, row.pool),
                                    row.pool_is_inferred && row.pool, row.segment_bytes, row.usable_bytes,
                                    row.usable_largest_bytes, unless_empty(row.verdict_lacks));
                    }
                });
}

void write_oom_unusable(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "oom_unusable",
                [&contents](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::OomRow& oom : tables.ooms) {
                        for (const timeline::OomUnusableRow& row : oom.unusable) {
                            into.insert(device, oom.event, row.reason,
                                        text_of(contents.snapshot.symbols, row.pool), row.stream, row.bytes,
                                        row.largest_bytes);
                        }
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

void write_pending(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "pending",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::PendingRow& row : tables.pending) {
                        into.insert(device, row.moment, row.bytes, row.count, row.first_event, row.stack,
                                    row.free_stack);
                    }
                });
}

void write_leaks(Connection& connection, const DatabaseContents& contents) {
    for_devices(connection, contents, "leaks",
                [](BulkInserter& into, std::int64_t device, const DeviceTables& tables) {
                    for (const timeline::LeakRow& row : tables.leaks) {
                        into.insert(device, row.stack, row.bytes, row.count, row.steps, row.first_event,
                                    row.last_event, row.basis);
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
    write_pool_fragmentation(connection, contents);
    write_ooms(connection, contents);
    write_oom_unusable(connection, contents);
    write_spans(connection, contents);
    write_pending(connection, contents);
    write_leaks(connection, contents);
}

}  // namespace snapq::archive::tables
