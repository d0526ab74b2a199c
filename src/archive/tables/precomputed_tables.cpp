#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/sqlite/bulk_inserter.hpp"
#include "archive/tables/tables.hpp"
#include "report/figures.hpp"
#include "support/devices.hpp"

namespace snapq::archive::tables {
namespace {

using sqlite::BulkInserter;
using sqlite::Connection;
using sqlite::Statement;
using timeline::DeviceTables;

// Calls `write(inserter, device number, row)` for each row of all devices, in the order of the table's key.
template <typename Row, typename Write>
void for_rows(Connection& connection, const DatabaseContents& contents, std::string_view table,
              std::vector<Row> DeviceTables::*rows, Write&& write) {
    BulkInserter inserter(connection, table);
    for (const DeviceContents& device : contents.devices) {
        for (const Row& row : *device.tables.*rows) write(inserter, device.tables->figures.device, row);
    }
}

// Prepares an INSERT whose first parameters are for the key columns `keys`, and whose others are for
// `columns`, in their order.
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
    for_rows(connection, contents, "timeline", &DeviceTables::timeline,
             [](BulkInserter& into, std::int64_t device, const timeline::TimelineRow& row) {
                 into.insert(device, row.event, row.timestep, row.time_us, row.requested_bytes,
                             row.reserved_bytes);
             });
}

void write_stack_totals(Connection& connection, const DatabaseContents& contents) {
    std::string tenths;
    for_rows(connection, contents, "stack_totals", &DeviceTables::stack_totals,
             [&tenths](BulkInserter& into, std::int64_t device, const timeline::StackTotalRow& row) {
                 tenths.clear();
                 if (row.has_unfreed_tenths) {
                     fmt::format_to(std::back_inserter(tenths), "[{}]", fmt::join(row.unfreed_tenths, ","));
                 }
                 into.insert(device, row.stack, name_of(row.origin), row.allocations, row.total_bytes,
                             row.min_size, row.max_size, row.peak_bytes, row.peak_count, row.max_bytes,
                             row.max_event, row.end_bytes, row.end_count, unless_empty(tenths));
             });
}

void write_live_stacks(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "live_stacks", &DeviceTables::live_stacks,
             [](BulkInserter& into, std::int64_t device, const timeline::LiveStackRow& row) {
                 into.insert(device, row.moment, row.stack, name_of(row.origin), row.bytes, row.count,
                             name_of(row.category));
             });
}

void write_stream_totals(Connection& connection, const DatabaseContents& contents) {
    const snapshot::Symbols& symbols = contents.snapshot.symbols;
    for_rows(connection, contents, "stream_totals", &DeviceTables::stream_totals,
             [&symbols](BulkInserter& into, std::int64_t device, const timeline::StreamTotalRow& row) {
                 into.insert(device, row.stream, text_of(symbols, row.pool), row.allocations, row.total_bytes,
                             row.peak_bytes, row.max_bytes, row.end_bytes);
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
    for_rows(connection, contents, "pool_fragmentation", &DeviceTables::pools,
             [&contents](BulkInserter& into, std::int64_t device, const timeline::PoolFragmentationRow& row) {
                 const report::Fragmentation& usage = row.usage;
                 into.insert(device, usage.moment, row.event, text_of(contents.snapshot.symbols, row.pool),
                             row.stream, row.is_small ? "small" : "large", row.is_expandable, usage.estimated,
                             usage.reserved_bytes, usage.requested_bytes, usage.rounding_bytes,
                             usage.cached_bytes, usage.stranded_bytes, usage.segments, usage.cached_segments,
                             usage.holes, usage.largest_hole_bytes, usage.largest_cached_segment_bytes);
             });
}

void write_ooms(Connection& connection, const DatabaseContents& contents) {
    const sqlite::RowTexts* texts = connection.texts();
    for_rows(connection, contents, "oom", &DeviceTables::ooms,
             [&contents, texts](BulkInserter& into, std::int64_t device, const timeline::OomRow& row) {
                 frames::StackClass about;
                 if (row.stack) about = contents.classify(row.stack, texts->longest());
                 into.insert(device, row.event, row.time_us, row.requested_bytes, row.device_free_bytes,
                             row.live_bytes, row.reserved_bytes, row.short_bytes, row.largest_hole_bytes,
                             row.fits_without_fragmentation, row.stack, unless_empty(about.site),
                             unless_empty(about.op), row.stream, text_of(contents.snapshot.symbols, row.pool),
                             row.pool_is_inferred && row.pool, row.segment_bytes, row.usable_bytes,
                             row.usable_largest_bytes, unless_empty(row.verdict_lacks));
             });
}

void write_oom_unusable(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "oom_unusable", &DeviceTables::ooms,
             [&contents](BulkInserter& into, std::int64_t device, const timeline::OomRow& oom) {
                 for (const timeline::OomUnusableRow& row : oom.unusable) {
                     into.insert(device, oom.event, row.reason, text_of(contents.snapshot.symbols, row.pool),
                                 row.stream, row.bytes, row.largest_bytes);
                 }
             });
}

void write_spans(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "spans", &DeviceTables::spans,
             [&contents](BulkInserter& into, std::int64_t device, const timeline::SpanRow& row) {
                 const std::string_view name =
                     row.name ? contents.snapshot.symbols.text(row.name) : std::string_view();
                 into.insert(device, name, row.depth, row.cut, row.start_event, row.end_event,
                             row.start_time_us, row.end_time_us, row.start_bytes, row.peak_bytes,
                             row.peak_event, row.end_bytes);
             });
}

void write_pending(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "pending", &DeviceTables::pending,
             [](BulkInserter& into, std::int64_t device, const timeline::PendingRow& row) {
                 into.insert(device, row.moment, row.bytes, row.count, row.first_event, row.stack,
                             row.free_stack);
             });
}

void write_leaks(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "leaks", &DeviceTables::leaks,
             [](BulkInserter& into, std::int64_t device, const timeline::LeakRow& row) {
                 into.insert(device, row.stack, row.bytes, row.count, row.steps, row.first_event,
                             row.last_event, row.basis);
             });
}

void write_steps(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "steps", &DeviceTables::steps,
             [](BulkInserter& into, std::int64_t device, const report::StepCost& row) {
                 into.insert(device, row.step, row.start_event, row.end_event, row.start_bytes,
                             row.peak_bytes, row.peak_event, row.end_bytes, row.allocated_bytes);
             });
}

void write_category_totals(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "category_totals", &DeviceTables::category_totals,
             [](BulkInserter& into, std::int64_t device, const timeline::CategoryTotalRow& row) {
                 into.insert(device, row.moment, name_of(row.category), row.bytes, row.count, row.older_bytes,
                             row.older_count);
             });
}

void write_category_timeline(Connection& connection, const DatabaseContents& contents) {
    for_rows(connection, contents, "category_timeline", &DeviceTables::category_timeline,
             [](BulkInserter& into, std::int64_t device, const timeline::CategoryTimelineRow& row) {
                 into.insert(device, row.event, name_of(row.category), row.bytes);
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
    write_steps(connection, contents);
    write_category_totals(connection, contents);
    write_category_timeline(connection, contents);
}

}  // namespace snapq::archive::tables
