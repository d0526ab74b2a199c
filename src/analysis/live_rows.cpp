#include "analysis/live_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/categories.hpp"
#include "analysis/row_access.hpp"
#include "analysis/row_groups.hpp"
#include "archive/sqlite/row_sorter.hpp"

namespace snapq::analysis {
namespace {

using report::MaybeInteger;

// The columns after the key are bytes and count, then the bytes and count from before the recording.
std::string scan_of_column(std::string_view column) {
    return fmt::format(
        "SELECT {0}, sum(size), count(*), coalesce(sum(size) FILTER (WHERE origin <> 'trace'), 0), "
        "count(*) FILTER (WHERE origin <> 'trace') {1} GROUP BY 1",
        column, from_live_allocations());
}

// The same of table `category_totals`, at a moment that the conversion prepared.
std::string prepared_categories(archive::Database& database, std::int64_t device, const std::string& column) {
    return fmt::format(
        "SELECT {}, bytes, count, older_bytes, older_count FROM category_totals WHERE {} AND moment = ?2",
        column, rows_of_device(database, "category_totals", device));
}

// The stacks of a device: their memory at the moment, then their maxima if these are wanted.
class StackUsages {
public:
    StackUsages(archive::Database& database, std::int64_t device, const LiveAt& at, bool with_maxima)
        : m_database(database), m_device(device), m_at(at), m_with_maxima(with_maxima) {}

    [[nodiscard]] const LiveAt& at() const { return m_at; }

    template <typename Use>
    void each(Use&& use) const {
        archive::Query live = live_stacks(m_database, m_device, m_at);
        while (live.next()) use(usage_in(live));
        if (!m_with_maxima) return;
        archive::Query maxima = stack_maxima(m_database, m_device);
        while (maxima.next()) use(usage_in(maxima));
    }

private:
    archive::Database& m_database;
    std::int64_t m_device;
    const LiveAt& m_at;
    bool m_with_maxima;
};

template <typename Rows>
void take_rows(RowGroups& groups, Rows& to) {
    for (report::LiveRow& row : groups.take()) to.add(std::move(row));
}

using TopLiveRows = TopRows<report::LiveRow, report::OtherLiveRows>;

// Sums the stacks of each key. The sorter brings the stacks of one key together, so only one sum is held at a
// time. It sorts small inputs in memory, which takes about 1 ms for 100 stacks and 5 ms for 2000. The rows
// get only the name of the key.
void group_sorted(const StackUsages& stacks, StackKeys& keys, TopLiveRows& to) {
    archive::RowSorter sorter(6, 1);
    stacks.each([&](const StackUsage& usage) {
        const std::string key = keys.key_of(usage.stack, usage.preexisting).key.raw();
        sorter.bind(0, std::string_view(key));
        sorter.bind(1, usage.stack);
        sorter.bind(2, std::int64_t{usage.is_maximum});
        sorter.bind(3, usage.bytes);
        sorter.bind(4, usage.count);
        sorter.bind(5, std::int64_t{usage.preexisting});
        sorter.add();
    });
    RowGroups group;
    std::string last;
    while (sorter.next()) {
        if (sorter.text(0) != last) take_rows(group, to);
        last = sorter.text(0);
        report::Key key;
        key.key = last;
        const MaybeInteger stack = sorter.maybe_integer(1);
        const std::int64_t bytes = sorter.integer(3);
        if (sorter.integer(2) != 0) {
            group.add_maximum(std::move(key), stack, bytes);
        } else {
            const std::int64_t count = sorter.integer(4);
            group.add(std::move(key), stack, bytes, count,
                      older_part(stacks.at(), sorter.integer(5) != 0, bytes, count));
        }
    }
    take_rows(group, to);
}

// Completes the keys of rows. It reads the stacks in the order of the archive, which is faster than in the
// order of the rows.
void name_rows(std::vector<report::LiveRow> rows, StackKeys& keys, LiveRowCollector& to) {
    std::ranges::sort(rows, {}, &report::LiveRow::stack_id);
    for (report::LiveRow& row : rows) {
        const bool preexisting = row.key == k_before_recording;
        static_cast<report::Key&>(row) = keys.key_of(row.stack_id, preexisting);
        to.add(std::move(row));
    }
}

void group_by_stack_key(const StackUsages& stacks, StackKeys& keys, std::size_t most_bytes,
                        LiveRowCollector& to) {
    TopLiveRows top(most_bytes / 2);  // the other half is for their names
    group_sorted(stacks, keys, top);
    to.add_others(top.others());
    name_rows(top.take(), keys, to);
}

void group_columns(archive::Database& database, std::int64_t device, const LiveAt& at,
                   const Grouping& grouping, LiveRowCollector& to) {
    const KeyKindInfo& kind = info_of(grouping.by);
    ColumnKeys keys(database, device, grouping.by);
    RowGroups groups;
    const bool prepared = grouping.by == KeyKind::category && !at.prepared.empty();
    archive::Query rows = database.prepare(prepared ? prepared_categories(database, device, keys.column())
                                                    : scan_of_column(keys.column()));
    rows.bind(1, device);
    prepared ? rows.bind(2, std::string_view(at.prepared)) : rows.bind(2, at.event);
    const bool with_maxima = grouping.with_maxima && kind.has_maxima;
    while (rows.next()) {
        groups.add(keys.key_in(rows), std::nullopt, rows.integer(1), rows.integer(2),
                   older_part(at, true, rows.integer(3), rows.integer(4)));
        if (!with_maxima) take_rows(groups, to);  // each row has another key, and no maximum follows
    }
    if (!with_maxima) return;
    archive::Query maxima =
        database.prepare(fmt::format("SELECT {}, max_bytes FROM stream_totals WHERE {}", keys.column(),
                                     rows_of_device(database, "stream_totals", device)));
    maxima.bind(1, device);
    while (maxima.next()) groups.add_maximum(keys.key_in(maxima), std::nullopt, maxima.integer(1));
    take_rows(groups, to);
}

bool is_prepared(archive::Database& database, std::int64_t device, const std::string& moment) {
    // Only out-of-memory errors can lack their stacks. The others need no condition, which SQLite would have
    // to compile for each device of thousands of archives.
    std::string sql = "SELECT 1 FROM fragmentation WHERE device = ?1 AND moment = ?2";
    if (moment.starts_with("oom")) sql += fmt::format(" AND {}", archive::k_has_live_stacks);
    archive::Query row = database.prepare(sql);
    row.bind(1, device);
    row.bind(2, std::string_view(moment));
    return row.next();
}

}  // namespace

LiveAt live_at_named(std::string moment, std::int64_t event, archive::Database& database,
                     std::int64_t device) {
    LiveAt at;
    at.event = event;
    if (is_prepared(database, device, moment)) at.prepared = std::move(moment);
    return at;
}

LiveAt live_at(const Moment& moment, archive::Database& database, std::int64_t device) {
    const std::int64_t event = resolve(moment, database, device);
    if (moment.kind <= Moment::Kind::oom) return live_at_named(text_of(moment), event, database, device);
    return {.event = event, .prepared = {}};
}

report::LiveRows live_rows(archive::Database& database, std::int64_t device, const LiveAt& at,
                           const Grouping& grouping) {
    LiveRowCollector rows(device, grouping.most_bytes);
    std::vector<bool> used_rules;
    if (info_of(grouping.by).column.empty()) {
        StackKeys keys(database, grouping.by, grouping.user_prefixes, grouping.site_depth,
                       grouping.module_depth);
        const StackUsages stacks(database, device, at, grouping.with_maxima);
        group_by_stack_key(stacks, keys, grouping.most_bytes, rows);
    } else if (grouping.by == KeyKind::category && grouping.rules) {
        RowGroups groups;
        used_rules = add_ruled_categories(database, device, at, *grouping.rules, groups);
        take_rows(groups, rows);
    } else {
        group_columns(database, device, at, grouping, rows);
    }
    report::LiveRows live = rows.take();
    live.used_rules = std::move(used_rules);
    return live;
}

namespace {

std::string prepared_sql(archive::Database& database, std::int64_t device) {
    return fmt::format(
        "SELECT stack_id, origin <> 'trace', sum(bytes), sum(count), 0 FROM live_stacks WHERE {} AND moment "
        "= "
        "?2 GROUP BY 1, 2",
        rows_of_device(database, "live_stacks", device));
}

}  // namespace

std::string from_live_allocations() {
    return "FROM allocations WHERE device = ?1 AND " + archive::live_condition();
}

archive::Query live_stacks(archive::Database& database, std::int64_t device, const LiveAt& at,
                           StackOrder order) {
    const bool prepared = !at.prepared.empty();
    std::string sql =
        prepared ? prepared_sql(database, device)
                 : fmt::format("SELECT stack_id, origin <> 'trace', sum(size), count(*), 0 {} GROUP BY 1, 2",
                               from_live_allocations());
    if (order == StackOrder::most_bytes_first) sql += " ORDER BY 3 DESC, 1, 2";
    archive::Query rows = database.prepare(sql);
    rows.bind(1, device);
    prepared ? rows.bind(2, std::string_view(at.prepared)) : rows.bind(2, at.event);
    return rows;
}

archive::Query stack_maxima(archive::Database& database, std::int64_t device) {
    archive::Query rows = database.prepare(
        fmt::format("SELECT stack_id, origin <> 'trace', max_bytes, 0, 1 FROM stack_totals WHERE {}",
                    rows_of_device(database, "stack_totals", device)));
    rows.bind(1, device);
    return rows;
}

StackUsage usage_in(const archive::Query& row) {
    return {row.maybe_integer(0), row.integer(1) != 0, row.integer(4) != 0, row.integer(2), row.integer(3)};
}

}  // namespace snapq::analysis
