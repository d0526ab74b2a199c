#include "snapq/analysis/live_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "analysis/row_access.hpp"
#include "analysis/row_groups.hpp"

namespace snapq::analysis {
namespace {

using report::MaybeInteger;

constexpr const char* k_prepared =
    "SELECT stack_id, origin <> 'trace', bytes, count FROM live_stacks WHERE device = ?1 AND moment = ?2";

// Live after an event, by the rule of the schema.
constexpr std::string_view k_live =
    "FROM allocations WHERE device = ?1 AND coalesce(alloc_event, -1) <= ?2 AND (end_event IS NULL OR "
    "end_event > ?2)";

std::string scan_of(std::string_view columns) {
    return fmt::format("SELECT {0}, sum(size), count(*) {1} GROUP BY {0}", columns, k_live);
}

void add_stacks(archive::Query& rows, StackKeys& keys, RowGroups& groups) {
    while (rows.next()) {
        const MaybeInteger stack = maybe_integer(rows, 0);
        groups.add(keys.key_of(stack, rows.integer(1) != 0), stack, rows.integer(2), rows.integer(3));
    }
}

void group_stacks(archive::Database& database, std::int64_t device, const LiveAt& at, StackKeys& keys,
                  RowGroups& groups) {
    archive::Query rows = database.prepare(at.prepared.empty() ? scan_of("stack_id, origin <> 'trace'")
                                                               : std::string(k_prepared));
    rows.bind(1, device);
    at.prepared.empty() ? rows.bind(2, at.event) : rows.bind(2, std::string_view(at.prepared));
    add_stacks(rows, keys, groups);
}

// A stack has a row for each origin; the rows of one stack, and the stacks of one key, peak at different
// times.
void add_stack_maxima(archive::Database& database, std::int64_t device, StackKeys& keys, RowGroups& groups) {
    archive::Query rows =
        database.prepare("SELECT stack_id, origin <> 'trace', max_bytes FROM stack_totals WHERE device = ?1");
    rows.bind(1, device);
    while (rows.next()) {
        const MaybeInteger stack = maybe_integer(rows, 0);
        groups.add_maximum(keys.key_of(stack, rows.integer(1) != 0), stack, rows.integer(2));
    }
}

// Streams are opaque pointers; people see them numbered in the order of table `stream_totals`.
std::vector<std::int64_t> streams_of(archive::Database& database, std::int64_t device) {
    std::vector<std::int64_t> streams;
    archive::Query rows = database.prepare(
        "SELECT stream FROM stream_totals WHERE device = ?1 AND stream IS NOT NULL AND stream <> 0 ORDER BY "
        "rowid");
    rows.bind(1, device);
    while (rows.next()) {
        if (std::ranges::find(streams, rows.integer(0)) == streams.end()) streams.push_back(rows.integer(0));
    }
    return streams;
}

class ColumnKeys {
public:
    ColumnKeys(archive::Database& database, std::int64_t device, KeyKind kind) : m_kind(kind) {
        if (kind == KeyKind::stream) m_streams = streams_of(database, device);
    }

    [[nodiscard]] std::string_view column() const {
        if (m_kind == KeyKind::stream) return "stream";
        return m_kind == KeyKind::pool ? "brief(pool_id)" : "size";
    }
    [[nodiscard]] report::Key key_in(const archive::Query& row) const {
        if (m_kind == KeyKind::pool) return pool_key(maybe_text(row, 0));
        if (m_kind == KeyKind::size) return size_key(row.integer(0));
        const MaybeInteger stream = maybe_integer(row, 0);
        const auto found = std::ranges::find(m_streams, stream.value_or(0));
        return stream_key(stream, found - m_streams.begin() + 1);
    }

private:
    KeyKind m_kind;
    std::vector<std::int64_t> m_streams;
};

void group_columns(archive::Database& database, std::int64_t device, const LiveAt& at,
                   const Grouping& grouping, RowGroups& groups) {
    const ColumnKeys keys(database, device, grouping.by);
    archive::Query rows = database.prepare(scan_of(keys.column()));
    rows.bind(1, device);
    rows.bind(2, at.event);
    while (rows.next()) groups.add(keys.key_in(rows), std::nullopt, rows.integer(1), rows.integer(2));
    if (!grouping.with_maxima || grouping.by == KeyKind::size) return;
    archive::Query maxima = database.prepare(
        fmt::format("SELECT {}, max_bytes FROM stream_totals WHERE device = ?1", keys.column()));
    maxima.bind(1, device);
    while (maxima.next()) groups.add_maximum(keys.key_in(maxima), std::nullopt, maxima.integer(1));
}

// Only the first OOMs are prepared, and a SnapViewer archive has no such table at all.
bool is_prepared(archive::Database& database, std::int64_t device, const std::string& moment) {
    archive::Query row = database.prepare("SELECT 1 FROM fragmentation WHERE device = ?1 AND moment = ?2");
    row.bind(1, device);
    row.bind(2, std::string_view(moment));
    return row.next();
}

}  // namespace

LiveAt live_at(const Moment& moment, archive::Database& database, std::int64_t device) {
    LiveAt at;
    at.event = resolve(moment, database, device);
    std::string name = text_of(moment);
    if (moment.kind <= Moment::Kind::oom && is_prepared(database, device, name))
        at.prepared = std::move(name);
    return at;
}

report::LiveRows live_rows(archive::Database& database, std::int64_t device, const LiveAt& at,
                           const Grouping& grouping) {
    RowGroups groups;
    if (is_of_stack(grouping.by)) {
        StackKeys keys(database, grouping.by, grouping.user_prefixes);
        group_stacks(database, device, at, keys, groups);
        if (grouping.with_maxima) add_stack_maxima(database, device, keys, groups);
    } else {
        group_columns(database, device, at, grouping, groups);
    }
    return groups.take(device);
}

}  // namespace snapq::analysis
