#include "analysis/live_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/row_access.hpp"
#include "analysis/row_groups.hpp"
#include "archive/sqlite/row_sorter.hpp"

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

// Keys that are told apart in memory, some hundred bytes each.
constexpr std::size_t k_most_groups = 2048;

// What one stack holds at a moment, or at most.
struct StackPart {
    MaybeInteger stack;
    bool preexisting = false;
    bool is_maximum = false;
    std::int64_t bytes = 0;
    std::int64_t count = 0;  // not of a maximum
};

// Reads all parts of a device: those at the moment, then the maxima.
class StackParts {
public:
    StackParts(archive::Database& database, std::int64_t device, const LiveAt& at, bool with_maxima)
        : m_database(database), m_device(device), m_at(at), m_with_maxima(with_maxima) {}

    // Until `use` returns false; whether it never did.
    template <typename Use>
    bool each(Use&& use) const {
        return each_live(use) && (!m_with_maxima || each_maximum(use));
    }

private:
    template <typename Use>
    bool each_live(Use&& use) const {
        const bool prepared = !m_at.prepared.empty();
        archive::Query rows =
            m_database.prepare(prepared ? std::string(k_prepared) : scan_of("stack_id, origin <> 'trace'"));
        rows.bind(1, m_device);
        prepared ? rows.bind(2, std::string_view(m_at.prepared)) : rows.bind(2, m_at.event);
        while (rows.next()) {
            if (!use(StackPart{maybe_integer(rows, 0), rows.integer(1) != 0, false, rows.integer(2),
                               rows.integer(3)})) {
                return false;
            }
        }
        return true;
    }

    // A stack has a row for each origin; the rows of one stack, and the stacks of one key, peak at different
    // times.
    template <typename Use>
    bool each_maximum(Use&& use) const {
        archive::Query rows = m_database.prepare(
            "SELECT stack_id, origin <> 'trace', max_bytes FROM stack_totals WHERE device = ?1");
        rows.bind(1, m_device);
        while (rows.next()) {
            if (!use(StackPart{maybe_integer(rows, 0), rows.integer(1) != 0, true, rows.integer(2), 0}))
                return false;
        }
        return true;
    }

    archive::Database& m_database;
    std::int64_t m_device;
    const LiveAt& m_at;
    bool m_with_maxima;
};

void add_part(const StackPart& part, StackKeys& keys, RowGroups& groups) {
    report::Key key = keys.key_of(part.stack, part.preexisting);
    part.is_maximum ? groups.add_maximum(std::move(key), part.stack, part.bytes)
                    : groups.add(std::move(key), part.stack, part.bytes, part.count);
}

void take_rows(RowGroups& groups, LiveRowCollector& to) {
    for (report::LiveRow& row : groups.take()) to.add(std::move(row));
}

// False, with nothing done, when there are too many keys to group them in memory.
bool group_in_memory(const StackParts& parts, StackKeys& keys, LiveRowCollector& to) {
    RowGroups groups;
    const bool all = parts.each([&](const StackPart& part) {
        add_part(part, keys, groups);
        return groups.size() <= k_most_groups;
    });
    if (all) take_rows(groups, to);
    return all;
}

using BestLiveRows = BestRows<report::LiveRow, report::OtherLiveRows>;

// Sorted by key, what is of one key stands together. Rows have no more of their keys than the name then.
void group_sorted(const StackParts& parts, StackKeys& keys, BestLiveRows& to) {
    archive::RowSorter sorter(5, 1);
    parts.each([&](const StackPart& part) {
        const std::string key = keys.key_of(part.stack, part.preexisting).key;
        sorter.bind(0, std::string_view(key));
        sorter.bind(1, part.stack);
        sorter.bind(2, std::int64_t{part.is_maximum});
        sorter.bind(3, part.bytes);
        sorter.bind(4, part.count);
        sorter.add();
        return true;
    });
    RowGroups group;
    const auto take = [&] {
        for (report::LiveRow& row : group.take()) to.add(std::move(row));
    };
    std::string last;
    while (sorter.next()) {
        if (sorter.text(0) != last) take();
        last = sorter.text(0);
        report::Key key;
        key.key = last;
        const MaybeInteger stack = sorter.maybe_integer(1);
        sorter.integer(2) != 0 ? group.add_maximum(std::move(key), stack, sorter.integer(3))
                               : group.add(std::move(key), stack, sorter.integer(3), sorter.integer(4));
    }
    take();
}

// In the order of the archive: next to each other in a sort by key may be stacks that lie far apart.
void name_rows(std::vector<report::LiveRow> rows, StackKeys& keys, LiveRowCollector& to) {
    std::ranges::sort(rows, {}, &report::LiveRow::stack_id);
    for (report::LiveRow& row : rows) {
        const bool preexisting = row.key == k_before_recording;
        static_cast<report::Key&>(row) = keys.key_of(row.stack_id, preexisting);
        to.add(std::move(row));
    }
}

void group_in_files(const StackParts& parts, StackKeys& keys, std::size_t most_bytes, LiveRowCollector& to) {
    BestLiveRows best(most_bytes / 2);  // the other half is for their names
    group_sorted(parts, keys, best);
    to.add_others(best.left_out());
    name_rows(best.take(), keys, to);
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
        return m_kind == KeyKind::pool ? "abbreviate(pool_id)" : "size";
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
                   const Grouping& grouping, LiveRowCollector& to) {
    RowGroups groups;
    const ColumnKeys keys(database, device, grouping.by);
    archive::Query rows = database.prepare(scan_of(keys.column()));
    rows.bind(1, device);
    rows.bind(2, at.event);
    const bool with_maxima = grouping.with_maxima && grouping.by != KeyKind::size;
    while (rows.next()) {
        groups.add(keys.key_in(rows), std::nullopt, rows.integer(1), rows.integer(2));
        // Each row is of another key, and no maximum follows.
        if (!with_maxima && groups.size() >= k_most_groups) take_rows(groups, to);
    }
    if (!with_maxima) return take_rows(groups, to);
    archive::Query maxima = database.prepare(
        fmt::format("SELECT {}, max_bytes FROM stream_totals WHERE device = ?1", keys.column()));
    maxima.bind(1, device);
    while (maxima.next()) groups.add_maximum(keys.key_in(maxima), std::nullopt, maxima.integer(1));
    take_rows(groups, to);
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
    LiveRowCollector rows(device, grouping.most_bytes);
    if (is_of_stack(grouping.by)) {
        StackKeys keys(database, grouping.by, grouping.user_prefixes);
        const StackParts parts(database, device, at, grouping.with_maxima);
        if (!group_in_memory(parts, keys, rows)) group_in_files(parts, keys, grouping.most_bytes, rows);
    } else {
        group_columns(database, device, at, grouping, rows);
    }
    return rows.take();
}

}  // namespace snapq::analysis
